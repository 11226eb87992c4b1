#pragma once

#include <string>

namespace hookgate::store::sqlite {

// The kernel's word that no other gateway uses a database: flock on a file beside it, which the
// kernel lets go when the process dies, however it dies.
class LockFile {
public:
    // Throws StoreError that names the file and the process that holds it.
    explicit LockFile(const std::string& database_path);
    ~LockFile();
    LockFile(const LockFile&) = delete;
    LockFile& operator=(const LockFile&) = delete;

private:
    int descriptor_ = -1;
};

} // namespace hookgate::store::sqlite
