#include "base/clock.hpp"
#include "cli_commands.hpp"
#include "cli_password.hpp"
#include "identity/names.hpp"
#include "identity/passwords.hpp"
#include "service/erasing.hpp"
#include "store/writer_batch.hpp"

#include <iostream>

namespace parley {

namespace {

constexpr std::size_t accounts_per_page_count = 500;

struct AccountArguments {
    std::string name;
    std::string id;
    std::string role = "member";
    bool password_stdin = false;
};

// Runs one command of the operator in a transaction of its own.
template <class T>
result<T> run_one(Store& store, const Config& config, Action action) {
    const SystemClock clock;
    const Command command{TheOperator{}, {}, {}, std::move(action)};
    BatchResult batch = run_batch(store, {&command, 1}, config.limits, clock, {});
    if (batch.fatal) return *batch.fatal;
    result<Outcome>& answer = batch.answers.front();
    if (answer.has_error()) return answer.error();
    if constexpr (std::is_same_v<T, Outcome>) return std::move(*answer);
    else return std::get<T>(std::move(*answer));
}

// A refusal by the rules or by identity/ is about what was typed.
int fail_account(const Error& error) {
    const int code = exit_code_of(error.code);
    return code == exit_refused ? fail(code, error.message) : fail(error);
}

result<std::string> read_password_hash(const Config& config) {
    const std::string password = read_password();
    if (auto good = check_password(password, config.limits); good.has_error()) return good.error();
    return hash_password(password);
}

result<AccountRow> find_account(StoreReader& reader, const std::string& name) {
    const auto checked = name_for_sign_in(name);
    if (checked.has_error()) return checked.error();
    auto account = reader.account_by_name_key(checked->key);
    if (account.has_error()) return account.error();
    if (!*account) return make_error(Errc::conflict, "There is no account \"" + name + "\".");
    return std::move(**account);
}

int create(const AccountArguments& arguments, const Config& config) {
    const auto name = check_name(arguments.name, config.limits, Naming::by_operator);
    if (name.has_error()) return fail_account(name.error());
    auto store = open_configured_store(config, StoreAccess::serve);
    if (store.has_error()) return store.error();
    auto hash = read_password_hash(config);
    if (hash.has_error()) return fail_account(hash.error());
    const Role role = parse_role(arguments.role).value_or(Role::member);
    const auto made = run_one<AccountOutcome>(
        **store, config, CreateAccount{name->shown, name->key, std::move(*hash), role});
    if (made.has_error()) return fail_account(made.error());
    std::cout << "Created account " << to_string(made->account.id) << ": " << name->shown << ", "
              << to_string(role) << ".\n";
    return exit_ok;
}

int set_password(const AccountArguments& arguments, const Config& config) {
    auto store = open_configured_store(config, StoreAccess::serve);
    if (store.has_error()) return store.error();
    auto reader = (*store)->open_reader();
    if (reader.has_error()) return fail(reader.error());
    const auto account = find_account(**reader, arguments.name);
    if (account.has_error()) return fail_account(account.error());
    auto hash = read_password_hash(config);
    if (hash.has_error()) return fail_account(hash.error());
    const auto done =
        run_one<AccountOutcome>(**store, config, SetPassword{account->id, std::move(*hash)});
    if (done.has_error()) return fail_account(done.error());
    std::cout << "Set the password of " << printable(account->name)
              << " and ended all its sessions.\n";
    return exit_ok;
}

// The badges on what the account wrote follow its role, some comments at a time.
result<void> restamp(Store& store, StoreReader& reader, const Config& config, AccountId account) {
    const auto discussions = reader.discussions_of(account);
    if (discussions.has_error()) return discussions.error();
    for (const DiscussionId& discussion : *discussions) {
        std::optional<CommentId> after = CommentId{};
        while (after) {
            const auto step =
                run_one<DoneJob>(store, config, RestampAuthor{account, discussion, *after});
            if (step.has_error()) return step.error();
            after = step->next;
        }
    }
    return {};
}

int set_role(const AccountArguments& arguments, const Config& config) {
    auto store = open_configured_store(config, StoreAccess::serve);
    if (store.has_error()) return store.error();
    auto reader = (*store)->open_reader();
    if (reader.has_error()) return fail(reader.error());
    const auto account = find_account(**reader, arguments.name);
    if (account.has_error()) return fail_account(account.error());
    const Role role = parse_role(arguments.role).value_or(Role::member);
    const auto done = run_one<AccountOutcome>(**store, config, SetRole{account->id, role});
    if (done.has_error()) return fail_account(done.error());
    // Also where the role is as it was: an earlier run may have been stopped before this.
    if (auto restamped = restamp(**store, **reader, config, account->id); restamped.has_error()) {
        return fail_account(restamped.error());
    }
    std::cout << printable(account->name) << " is now " << to_string(role) << ".\n";
    return exit_ok;
}

// How somebody signs in, or why nobody can.
std::string_view sign_in_of(const AccountRow& account) {
    if (account.erasure != Erasure::none) return "erased";
    if (account.banned) return "banned";
    return account.name_key.empty() ? "imported" : "yes";
}

result<void> erase_traces(Store& store, StoreReader& reader, const Config& config,
                          AccountId account) {
    auto discussions = reader.discussions_of(account);
    if (discussions.has_error()) return std::move(discussions.error());
    Erasing erasing(account, std::move(*discussions));
    while (auto step = erasing.next()) {
        auto outcome = run_one<Outcome>(store, config, std::move(*step));
        if (outcome.has_error()) return std::move(outcome.error());
        erasing.advance(*outcome);
    }
    return {};
}

int erase(const AccountArguments& arguments, const Config& config) {
    const auto id = parse_account_id(arguments.id);
    if (!id) return fail(exit_usage, "An id has digits only; `parley account list` shows them.");
    auto store = open_configured_store(config, StoreAccess::serve);
    if (store.has_error()) return store.error();
    auto reader = (*store)->open_reader();
    if (reader.has_error()) return fail(reader.error());
    const auto account = (*reader)->account(*id);
    if (account.has_error()) return fail(account.error());
    if (!*account) return fail(exit_refused, "There is no account " + arguments.id + ".");
    const auto begun = run_one<AccountOutcome>(**store, config, EraseAccount{*id});
    if (begun.has_error()) return fail_account(begun.error());
    // Also where it was erased before: an earlier run may have been stopped before its end.
    if (auto done = erase_traces(**store, **reader, config, *id); done.has_error()) {
        return fail_account(done.error());
    }
    std::cout << "Erased account " << arguments.id << ", its comments and its votes.\n";
    return exit_ok;
}

int list(const Config& config) {
    auto store = open_configured_store(config, StoreAccess::read_only);
    if (store.has_error()) return store.error();
    auto reader = (*store)->open_reader();
    if (reader.has_error()) return fail(reader.error());
    AccountId after{};
    std::cout << "id\trole\tsign-in\tcreated\tname\n";
    while (true) {
        const auto page = (*reader)->accounts(accounts_per_page_count, after);
        if (page.has_error()) return fail(page.error());
        for (const AccountRow& account : *page) {
            std::cout << to_string(account.id) << '\t' << to_string(account.role) << '\t'
                      << sign_in_of(account) << '\t' << format_rfc3339(account.created_at) << '\t'
                      << printable(account.name) << '\n';
            after = account.id;
        }
        if (page->size() < accounts_per_page_count) break;
    }
    std::cout.flush();
    return exit_ok;
}

using Run = int (*)(const AccountArguments&, const Config&);

CLI::App* add_action(CLI::App& command, Invocation& invocation,
                     const std::shared_ptr<AccountArguments>& arguments, const char* name,
                     const char* description, Run run) {
    CLI::App* action = command.add_subcommand(name, description);
    action->fallthrough();
    action->footer("");
    action->callback([arguments, &invocation, run] {
        invocation.run = [arguments, run](const Config& config) { return run(*arguments, config); };
    });
    return action;
}

void add_name(CLI::App& action, const std::shared_ptr<AccountArguments>& arguments) {
    action.add_option("--name", arguments->name, "The account's name")
        ->type_name("NAME")
        ->required();
}

void add_password(CLI::App& action, const std::shared_ptr<AccountArguments>& arguments) {
    action
        .add_flag("--password-stdin", arguments->password_stdin,
                  "Reads the password from standard input, without one line feed at its end")
        ->required();
}

CLI::Option* add_role(CLI::App& action, const std::shared_ptr<AccountArguments>& arguments) {
    return action.add_option("--role", arguments->role, "What the account may do")
        ->check(CLI::IsMember({"member", "moderator", "admin"}));
}

}  // namespace

void add_account(CLI::App& app, Invocation& invocation) {
    const auto arguments = std::make_shared<AccountArguments>();
    CLI::App* command = app.add_subcommand("account", "Creates, changes and lists accounts");
    add_config_options(*command, invocation);
    command->require_subcommand(1);

    CLI::App* creating =
        add_action(*command, invocation, arguments, "create", "Creates an account", create);
    add_name(*creating, arguments);
    add_password(*creating, arguments);
    add_role(*creating, arguments)->capture_default_str();

    CLI::App* with_password =
        add_action(*command, invocation, arguments, "set-password",
                   "Gives an account another password and ends its sessions", set_password);
    add_name(*with_password, arguments);
    add_password(*with_password, arguments);

    CLI::App* with_role = add_action(*command, invocation, arguments, "set-role",
                                     "Gives an account another role", set_role);
    add_name(*with_role, arguments);
    add_role(*with_role, arguments)->required();

    add_action(*command, invocation, arguments, "erase",
               "Erases an account for good, with what it wrote and its votes", erase)
        ->add_option("--id", arguments->id, "The account's number, as `list` shows it")
        ->type_name("ID")
        ->required();

    CLI::App* listing = command->add_subcommand("list", "Lists the accounts; runs beside a server");
    listing->fallthrough();
    listing->callback([&invocation] { invocation.run = list; });

    command->footer(
        "Exit codes: 0 done, 1 refused, 64 usage, 69 no store, 70 internal, 75 a server uses the\n"
        "store: stop it first.\n\n"
        "Examples:\n"
        "  parley account --config parley.toml create --name Ada --role admin --password-stdin\n"
        "  parley account --config parley.toml set-role --name Ada --role moderator\n"
        "  parley account --config parley.toml list\n"
        "  parley account --config parley.toml erase --id 17\n");
}

}  // namespace parley
