#include "core/coordination/redis/reply_reader.hpp"

#include <new>

#include <hiredis/read.h>

namespace hookgate::coordination::redis {
namespace {

// Called from C: nothing may be thrown. Null makes hiredis give up the whole stream.
void* make(Reply::Kind kind, const char* bytes, std::size_t length, long long integer) noexcept {
    try {
        auto reply = std::make_unique<Reply>();
        reply->kind = kind;
        reply->integer = integer;
        if (bytes != nullptr) reply->text.assign(bytes, length);
        return reply.release();
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
}

void* createString(const redisReadTask* task, char* bytes, std::size_t length) {
    auto kind = Reply::Kind::Bulk;
    if (task->type == REDIS_REPLY_STATUS) kind = Reply::Kind::Status;
    if (task->type == REDIS_REPLY_ERROR) kind = Reply::Kind::Error;
    return make(kind, bytes, length, 0);
}

void* createInteger(const redisReadTask* /*task*/, long long value) {
    return make(Reply::Kind::Integer, nullptr, 0, value);
}

void* createNil(const redisReadTask* /*task*/) {
    return make(Reply::Kind::Nil, nullptr, 0, 0);
}

void* refuseArray(const redisReadTask* /*task*/, int /*elements*/) {
    return nullptr;
}

void freeReply(void* reply) {
    const std::unique_ptr<Reply> owner{static_cast<Reply*>(reply)};
}

// hiredis does not write to it.
redisReplyObjectFunctions functions{createString, refuseArray, createInteger, createNil, freeReply};

} // namespace

void ReplyReader::Free::operator()(redisReader* reader) const noexcept {
    redisReaderFree(reader);
}

ReplyReader::ReplyReader() : reader_{redisReaderCreateWithFunctions(&functions)} {
    if (!reader_) throw std::bad_alloc{};
}

bool ReplyReader::feed(std::string_view bytes) {
    return redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) == REDIS_OK;
}

std::optional<Reply> ReplyReader::next() {
    void* found = nullptr;
    if (redisReaderGetReply(reader_.get(), &found) != REDIS_OK || found == nullptr)
        return std::nullopt;
    const std::unique_ptr<Reply> owner{static_cast<Reply*>(found)};
    return std::move(*owner);
}

bool ReplyReader::isBroken() const noexcept {
    return reader_->err != 0;
}

bool ReplyReader::hasRest() const noexcept {
    // The first byte alone may have been used.
    return reader_->pos < reader_->len || (reader_->ridx >= 0 && reader_->rstack[0].type >= 0);
}

} // namespace hookgate::coordination::redis
