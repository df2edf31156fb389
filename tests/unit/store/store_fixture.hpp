#pragma once

#include "store/store.hpp"
#include "support/store_world.hpp"
#include "support/temp_folder.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace parley::test {

// A folder for the files of one database.
class SqliteFileTest : public testing::Test {
public:
    TempFolder folder;
    std::filesystem::path file = folder / "parley.db";

protected:
    [[nodiscard]] result<std::unique_ptr<Store>> open(StoreAccess access = StoreAccess::serve) {
        return open_at(file, access);
    }
    [[nodiscard]] static result<std::unique_ptr<Store>> open_at(
        const std::filesystem::path& path, StoreAccess access = StoreAccess::serve) {
        return open_store("sqlite:" + path.string(), access);
    }
    static Error error_of(const auto& answer) {
        return answer.has_error() ? answer.error() : Error{Errc::internal, "no error", {}, {}};
    }

    [[nodiscard]] std::filesystem::path beside(const std::string& suffix) const {
        return file.string() + suffix;
    }
    [[nodiscard]] static std::string read(const std::filesystem::path& path) {
        std::ifstream input(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(input), {}};
    }
    static void write(const std::filesystem::path& path, const std::string& bytes) {
        std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
    }
    static void copy(const std::filesystem::path& from, const std::filesystem::path& to) {
        std::filesystem::copy_file(from, to, std::filesystem::copy_options::overwrite_existing);
    }
};

}  // namespace parley::test
