#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <memory>
#include <string>

namespace parley::test {

// Somebody with another program: what the file holds, and damage on purpose. Only while no store
// has it open.
class RawDatabase {
public:
    explicit RawDatabase(const std::filesystem::path& file) {
        sqlite3* opened = nullptr;
        EXPECT_EQ(sqlite3_open(file.c_str(), &opened), SQLITE_OK);
        database_.reset(opened);
    }

    void run(const std::string& sql) {
        EXPECT_EQ(sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
            << sql << ": " << sqlite3_errmsg(database_.get());
    }

    // The first column of the first row.
    [[nodiscard]] std::string value_of(const std::string& sql) {
        std::string value;
        const auto keep = [](void* kept, int, char** columns, char**) {
            if (columns[0] != nullptr) *static_cast<std::string*>(kept) = columns[0];
            return 0;
        };
        EXPECT_EQ(sqlite3_exec(database_.get(), sql.c_str(), keep, &value, nullptr), SQLITE_OK)
            << sql << ": " << sqlite3_errmsg(database_.get());
        return value;
    }

private:
    struct Closer {
        void operator()(sqlite3* database) const { sqlite3_close(database); }
    };
    std::unique_ptr<sqlite3, Closer> database_;
};

}  // namespace parley::test
