# Writes OUTPUT, a C++ file with the SQL of FILES (NNNN_name.sql, in order) for the backend BACKEND.
set(entries "")
foreach(file IN LISTS FILES)
  get_filename_component(name ${file} NAME_WE)
  string(REGEX MATCH "^[0-9]+" version ${name})
  string(REGEX REPLACE "^0+" "" version ${version})
  file(READ ${file} sql)
  string(APPEND entries "    {${version}, \"${name}\", R\"hg_sql(${sql})hg_sql\"},\n")
endforeach()
file(WRITE ${OUTPUT} "#include \"core/store/${BACKEND}/schema.hpp\"

namespace hookgate::store::${BACKEND} {
namespace {

constexpr Migration kMigrations[]{
${entries}};

} // namespace

std::span<const Migration> migrations() noexcept {
    return kMigrations;
}

} // namespace hookgate::store::${BACKEND}
")
