#include "interchange/files.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sstream>
#include <thread>

namespace parley {
namespace {

namespace fs = std::filesystem;

class Files : public testing::Test {
public:
    Files() {
        std::string name = (fs::temp_directory_path() / "parley-files-XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
    }
    ~Files() override { fs::remove_all(folder_); }
    Files(const Files&) = delete;
    Files& operator=(const Files&) = delete;

protected:
    [[nodiscard]] fs::path in(const std::string& name) const { return folder_ / name; }
    [[nodiscard]] std::size_t count_files() const {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
    }
    static std::string read(std::istream& input) {
        std::ostringstream text;
        text << input.rdbuf();
        return text.str();
    }
    static std::string read(const fs::path& path) {
        std::ifstream input(path);
        return read(input);
    }

    fs::path folder_;
};

TEST_F(Files, InputIsReadTwice) {
    std::ofstream(in("a")) << "text";
    auto input = open_input(in("a"));
    ASSERT_TRUE(input.has_value());
    EXPECT_EQ(read(*input), "text");
    input->clear();
    input->seekg(0);
    EXPECT_EQ(read(*input), "text");
}

TEST_F(Files, APipeIsReadTwice) {
    ASSERT_EQ(::mkfifo(in("pipe").c_str(), 0600), 0);
    const std::string text(300'000, 'x');
    std::jthread writer([&] { std::ofstream(in("pipe")) << text; });
    auto input = open_input(in("pipe"));
    ASSERT_TRUE(input.has_value());
    EXPECT_EQ(read(*input), text);
    input->clear();
    input->seekg(0);
    EXPECT_EQ(read(*input), text);
}

TEST_F(Files, TheCopyOfAStreamHasNoName) {
    std::istringstream text("once");
    auto copy = spool(text);
    ASSERT_TRUE(copy.has_value());
    EXPECT_EQ(read(*copy), "once");
}

TEST_F(Files, MissingInputsAndFoldersAreRefused) {
    EXPECT_EQ(open_input(in("missing")).error().code, Errc::not_found);
    EXPECT_EQ(open_input(folder_).error().code, Errc::unavailable);
}

TEST_F(Files, OutputAppearsWhenItIsFinished) {
    auto output = OutputFile::open(in("out"));
    ASSERT_TRUE(output.has_value());
    output->stream() << "text";
    EXPECT_FALSE(fs::exists(in("out")));
    ASSERT_TRUE(output->finish().has_value());
    EXPECT_EQ(read(in("out")), "text");
    EXPECT_EQ(count_files(), 1U);
}

TEST_F(Files, WithoutAnEndTheOldFileStays) {
    std::ofstream(in("out")) << "old";
    {
        auto output = OutputFile::open(in("out"));
        ASSERT_TRUE(output.has_value());
        output->stream() << "half";
    }
    EXPECT_EQ(read(in("out")), "old");
    EXPECT_EQ(count_files(), 1U);
}

TEST_F(Files, ALinkStaysALink) {
    std::ofstream(in("real")) << "old";
    fs::create_symlink(in("real"), in("link"));
    auto output = OutputFile::open(in("link"));
    ASSERT_TRUE(output.has_value());
    output->stream() << "new";
    ASSERT_TRUE(output->finish().has_value());
    EXPECT_TRUE(fs::is_symlink(in("link")));
    EXPECT_EQ(read(in("real")), "new");
}

TEST_F(Files, DevicesAreWrittenDirectly) {
    auto output = OutputFile::open("/dev/null");
    ASSERT_TRUE(output.has_value());
    output->stream() << "text";
    EXPECT_TRUE(output->finish().has_value());
    EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

TEST_F(Files, AFullDiskIsTold) {
    auto output = OutputFile::open("/dev/full");
    ASSERT_TRUE(output.has_value());
    output->stream() << "text";
    EXPECT_EQ(output->finish().error().code, Errc::storage_full);
}

TEST_F(Files, OutputsThatCannotBeAreRefused) {
    EXPECT_TRUE(OutputFile::open(folder_).has_error());
    EXPECT_TRUE(OutputFile::open(in("missing") / "out").has_error());
}

}  // namespace
}  // namespace parley
