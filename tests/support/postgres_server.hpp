#pragma once

#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

extern char** environ;  // NOLINT: the system's

namespace parley::test {

// Somebody with another program on the same database.
class RawPostgres {
public:
    explicit RawPostgres(const std::string& url) : connection_(PQconnectdb(url.c_str())) {
        if (PQstatus(connection_.get()) != CONNECTION_OK) {
            throw std::runtime_error(PQerrorMessage(connection_.get()));
        }
        PQsetNoticeProcessor(
            connection_.get(), [](void*, const char*) {}, nullptr);
    }

    // One or more statements; the first column of the first row of the last one.
    std::string run(const std::string& sql) {
        const std::unique_ptr<PGresult, decltype(&PQclear)> answer(
            PQexec(connection_.get(), sql.c_str()), &PQclear);
        const ExecStatusType status = PQresultStatus(answer.get());
        EXPECT_TRUE(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
            << sql << ": " << PQerrorMessage(connection_.get());
        const bool has_value = PQntuples(answer.get()) > 0 && PQnfields(answer.get()) > 0;
        return has_value ? PQgetvalue(answer.get(), 0, 0) : "";
    }
    // Sends it and does not wait.
    void send(const std::string& sql) { EXPECT_EQ(PQsendQuery(connection_.get(), sql.c_str()), 1); }

private:
    struct Closer {
        void operator()(PGconn* connection) const { PQfinish(connection); }
    };
    std::unique_ptr<PGconn, Closer> connection_;
};

// The private server of tests/support/postgres.sh, which goes with this object.
class PostgresServer {
public:
    // `root` is the folder of the repository; settings are NAME=VALUE.
    PostgresServer(const std::string& root, const std::vector<std::string>& settings) {
        std::array<int, 2> in{};
        std::array<int, 2> out{};
        if (::pipe(in.data()) != 0 || ::pipe(out.data()) != 0) throw std::runtime_error("pipe");
        posix_spawn_file_actions_t actions{};
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
        posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
        for (const int end : {in[0], in[1], out[0], out[1]}) {
            posix_spawn_file_actions_addclose(&actions, end);
        }
        std::vector<std::string> words{"bash", root + "/tests/support/postgres.sh"};
        words.insert(words.end(), settings.begin(), settings.end());
        std::vector<char*> arguments;
        for (std::string& word : words) arguments.push_back(word.data());
        arguments.push_back(nullptr);
        const int failed =
            ::posix_spawnp(&process_, "bash", &actions, nullptr, arguments.data(), environ);
        posix_spawn_file_actions_destroy(&actions);
        ::close(in[0]);
        ::close(out[1]);
        commands_.reset(::fdopen(in[1], "w"));
        answers_.reset(::fdopen(out[0], "r"));
        if (failed != 0) throw std::runtime_error("bash cannot be started");
        read_url(answer());
    }
    ~PostgresServer() {
        commands_.reset();
        ::waitpid(process_, nullptr, 0);
    }
    PostgresServer(const PostgresServer&) = delete;
    PostgresServer& operator=(const PostgresServer&) = delete;

    // restart, kill, start, pause, resume, stop: see the script. Returns when it is done.
    void command(const std::string& word) {
        std::fprintf(commands_.get(), "%s\n", word.c_str());
        std::fflush(commands_.get());
        const std::string line = answer();
        if (line.starts_with("READY")) read_url(line);
    }

    // The URL of a new and empty database, or of a copy of another one.
    std::string fresh_database(const std::string& copy_of = "template0") {
        const std::string name = "test" + std::to_string(++databases_);
        RawPostgres(url_).run("CREATE DATABASE " + name + " TEMPLATE " + copy_of);
        return url_of(name);
    }
    // The server's log so far.
    [[nodiscard]] std::string log() {
        std::ifstream file(log_path());
        return {std::istreambuf_iterator<char>(file), {}};
    }
    // Of a server with ssl=on.
    [[nodiscard]] std::string certificate() {
        const std::string path = log_path();
        return path.substr(0, path.rfind('/')) + "/server.crt";
    }
    void drop(const std::string& url) {
        RawPostgres super(url_of("postgres", "postgres"));
        super.run("DROP DATABASE " + url.substr(url.rfind('/') + 1) + " WITH (FORCE)");
    }
    [[nodiscard]] const std::string& url() const { return url_; }
    [[nodiscard]] std::string url_of(const std::string& database,
                                     const std::string& role = "parley") const {
        const std::size_t at = url_.find('@');
        const std::string address = url_.substr(at, url_.rfind('/') - at);
        return "postgresql://" + role + address + "/" + database;
    }
    [[nodiscard]] int port() const {
        const std::size_t colon = url_.rfind(':');
        return std::stoi(url_.substr(colon + 1));
    }

private:
    [[nodiscard]] std::string answer() {
        std::array<char, 256> line{};
        if (std::fgets(line.data(), static_cast<int>(line.size()), answers_.get()) == nullptr) {
            throw std::runtime_error("the private PostgreSQL server could not be started");
        }
        return line.data();
    }
    [[nodiscard]] std::string log_path() {
        std::fputs("log\n", commands_.get());
        std::fflush(commands_.get());
        const std::string line = answer();
        const std::string path = line.substr(line.find(' ') + 1);
        return path.substr(0, path.find('\n'));
    }
    void read_url(const std::string& line) {
        std::istringstream words(line);
        std::string ready;
        words >> ready >> url_;
    }

    struct Closer {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    pid_t process_ = 0;
    std::unique_ptr<std::FILE, Closer> commands_;
    std::unique_ptr<std::FILE, Closer> answers_;
    std::string url_;
    int databases_ = 0;
};

}  // namespace parley::test
