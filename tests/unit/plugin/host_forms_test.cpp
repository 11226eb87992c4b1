#include "core/plugin/host_forms.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hookgate::plugin {
namespace {

// Memory as a call has it.
class Memory {
public:
    Allocate allocate() {
        return [this](std::size_t bytes) -> char* {
            if (full) return nullptr;
            blocks_.push_back(std::make_unique<char[]>(bytes));
            return blocks_.back().get();
        };
    }

    bool full = false;

private:
    std::vector<std::unique_ptr<char[]>> blocks_;
};

std::string textOf(hg_str text) {
    return {text.data == nullptr ? "" : text.data, text.size};
}

// "name=value;..." or the status.
std::string form(std::string_view text) {
    Memory memory;
    std::vector<hg_field> fields;
    const auto status = readForm(text, memory.allocate(), fields);
    if (status != HG_OK) return "status " + std::to_string(status);
    std::string shown;
    for (const auto& field : fields)
        shown += textOf(field.name) + "=" + textOf(field.value) + ";";
    return shown;
}

std::string multipart(std::string_view content_type, std::string_view body) {
    Memory memory;
    std::vector<hg_part> parts;
    const auto status = readMultipart(content_type, body, memory.allocate(), parts);
    if (status != HG_OK) return "status " + std::to_string(status);
    std::string shown;
    for (const auto& part : parts)
        shown += textOf(part.name) + "|" + textOf(part.file_name) + "|" +
                 textOf(part.content_type) + "|" + textOf(part.body) + ";";
    return shown;
}

const std::string kMalformed = "status " + std::to_string(HG_MALFORMED);

TEST(HostForm, KeepsOrderAndDuplicatesAndDecodesOnce) {
    EXPECT_EQ(form("b=2&a=1&b=3"), "b=2;a=1;b=3;");
    EXPECT_EQ(form("a+b=%2B+%2526&c=&d&&=e"), "a b=+ %26;c=;d=;=e;");
    EXPECT_EQ(form("a=b=c"), "a=b=c;");
    EXPECT_EQ(form(""), "");
    EXPECT_EQ(form("a=%00%fF"), std::string("a=\0\xff;", 5));
}

TEST(HostForm, RefusesBrokenEscapes) {
    for (const auto* const text : {"a=%", "a=%4", "a=%4g", "%=a", "a=%%41"})
        EXPECT_EQ(form(text), kMalformed) << text;
}

TEST(HostForm, IsBounded) {
    std::string many;
    for (int i = 0; i < 4097; ++i)
        many += "a&";
    EXPECT_EQ(form(many), "status " + std::to_string(HG_LIMIT));
    Memory memory;
    memory.full = true;
    std::vector<hg_field> fields;
    EXPECT_EQ(readForm("a=%41", memory.allocate(), fields), HG_LIMIT);
}

TEST(HostMultipart, ReadsPartsInOrder) {
    EXPECT_EQ(
        multipart("multipart/form-data; boundary=\"x y\"",
                  "--x y\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\n"
                  "--x y\r\ncontent-type: text/plain\r\nContent-Disposition: form-data; "
                  "name=\"b;\\\"c\"; filename=\"f.txt\"\r\n\r\n\r\ntwo--x\r\n\r\n--x y--\r\n"),
        "a|||one;b;\"c|f.txt|text/plain|\r\ntwo--x\r\n;");
    EXPECT_EQ(multipart("Multipart/Form-Data;boundary=b",
                        "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n--b--"),
              "a|||;");
}

TEST(HostMultipart, RefusesWhatIsNotWhole) {
    const std::string type = "multipart/form-data; boundary=b";
    const std::string part = "--b\r\nContent-Disposition: form-data; name=a\r\n\r\none";
    EXPECT_EQ(multipart(type, part + "\r\n--b--"), "a|||one;");
    for (const auto& body :
         {std::string{}, part, part + "\r\n--b", part + "\r\n--b--x", "x" + part + "\r\n--b--",
          std::string{"--b\r\n\r\nno name\r\n--b--"},
          std::string{"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--"},
          std::string{"--b\r\nContent-Disposition: attachment; name=a\r\n\r\nx\r\n--b--"},
          std::string{"--b\r\nContent-Disposition: form-data; name=a; name=b\r\n\r\nx\r\n--b--"}})
        EXPECT_EQ(multipart(type, body), kMalformed) << body;
    for (const auto* const other : {"multipart/mixed; boundary=b", "multipart/form-data",
                                    "multipart/form-data; boundary=", "text/plain"})
        EXPECT_EQ(multipart(other, part + "\r\n--b--"), kMalformed) << other;
}

} // namespace
} // namespace hookgate::plugin
