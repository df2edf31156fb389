#pragma once

#include "store/sqlite/statement.hpp"

#include <filesystem>
#include <functional>
#include <memory>

namespace parley::sqlite {

enum class Use : std::uint8_t {
    write,            // the one connection of the process that writes and checkpoints
    write_unguarded,  // the same without fsync, for a database that ends with the process
    read,             // query_only, never checkpoints
    copy,             // what copy_to() writes to: nobody else knows of the file yet
};

// An open database. One thread at a time.
class Connection {
public:
    // A file that is not there is created for writing, refused for reading. The sentences of errors
    // are for the operator and name the file.
    [[nodiscard]] static result<std::unique_ptr<Connection>> open(const std::filesystem::path& file,
                                                                  Use use);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    [[nodiscard]] Query query(Sql sql) { return {database_.get(), statements_, sql}; }
    // Runs one or more statements that have no parameters and whose rows nobody reads. For
    // migrations and settings.
    [[nodiscard]] result<void> execute(const std::string& statements);

    // How many rows the last INSERT, UPDATE or DELETE touched.
    [[nodiscard]] std::int64_t changes() const;
    [[nodiscard]] std::int64_t last_inserted() const;
    [[nodiscard]] bool in_transaction() const;

    // Writes all of this database to `target` (of use copy). In a Snapshot that has read something,
    // what is copied is that snapshot, whatever others commit meanwhile. `progress` gets pages: how
    // many are done, and how many there are.
    using CopyProgress = std::function<void(std::uint64_t, std::uint64_t)>;
    [[nodiscard]] result<void> copy_to(Connection& target, const CopyProgress& progress);

    // Ends the transaction. `internal` and `corrupt_store`: whether it stands is unknown, or what
    // would be written next could contradict it; nothing may be acknowledged any more.
    [[nodiscard]] result<void> commit();
    // Where none is open: nothing. A rollback cannot fail in a way that would leave changes behind.
    void rollback() noexcept;

private:
    struct Closer {
        void operator()(sqlite3* database) const noexcept;
    };

    Connection() = default;
    [[nodiscard]] result<void> configure(Use use);

    std::unique_ptr<sqlite3, Closer> database_;
    StatementCache statements_;  // finalized before the database is closed
};

// What is read during its life is read in one snapshot of the database.
class Snapshot {
public:
    [[nodiscard]] static result<Snapshot> begin(Connection& connection);

private:
    struct End {
        void operator()(Connection* connection) const noexcept { connection->rollback(); }
    };
    explicit Snapshot(Connection& connection) : connection_(&connection) {}
    std::unique_ptr<Connection, End> connection_;
};

}  // namespace parley::sqlite
