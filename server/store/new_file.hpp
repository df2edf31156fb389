#pragma once

#include "base/error.hpp"

#include <filesystem>
#include <utility>

namespace parley {

// A file that nobody knows of yet, beside the one that it will be; only its owner may read it.
// Removed with what a database lays beside it, unless it is published.
class NewFile {
public:
    [[nodiscard]] static result<NewFile> beside(const std::filesystem::path& final_name);
    ~NewFile();
    NewFile(NewFile&& other) noexcept : name_(std::exchange(other.name_, {})) {}
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;
    NewFile& operator=(NewFile&&) = delete;

    [[nodiscard]] const std::filesystem::path& name() const { return name_; }
    [[nodiscard]] std::uint64_t bytes() const;  // 0 where it cannot be told

    // Takes the name, from another file where one has it. Durable before it has its name, and the
    // name durable after.
    [[nodiscard]] result<void> publish(const std::filesystem::path& final_name);

private:
    explicit NewFile(std::filesystem::path name) : name_(std::move(name)) {}

    std::filesystem::path name_;
};

[[nodiscard]] bool is_same_file(const std::filesystem::path& one,
                                const std::filesystem::path& other);

}  // namespace parley
