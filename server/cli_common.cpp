#include "cli_common.hpp"

#include "base/utf8.hpp"

#include <iostream>
#include <utility>

namespace parley {

int exit_code_of(Errc code) noexcept {
    switch (code) {
        case Errc::busy: return exit_in_use;
        case Errc::unavailable: return exit_unavailable;
        case Errc::storage_full: return exit_io;
        case Errc::corrupt_store: return exit_data;
        case Errc::internal: return exit_internal;
        case Errc::invalid_field: return exit_usage;
        case Errc::not_found:
        case Errc::forbidden:
        case Errc::unknown_discussion: return exit_no_input;
        default: return exit_refused;
    }
}

void add_config_options(CLI::App& command, Invocation& invocation) {
    command
        .add_option("--config", invocation.config_file, "Configuration file; without it, defaults")
        ->type_name("FILE");
    command
        .add_option("--set", invocation.sets,
                    "Overrides one key of the configuration; may be given several times")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
}

int fail(int code, std::string_view message) {
    std::cerr << "parley: " << printable(message) << '\n';
    return code;
}

int fail(const Error& error) { return fail(exit_code_of(error.code), error.message); }

boost::system::result<std::unique_ptr<Store>, int> open_configured_store(const Config& config,
                                                                         StoreAccess access) {
    auto store = open_store(config.store.url, access);
    if (store.has_error()) return fail(store.error());
    return std::move(*store);
}

std::string printable(std::string_view text) {
    std::string shown;
    while (!text.empty()) {
        const Utf8Character next = next_utf8_character(text);
        if (!next.valid || is_control_or_direction(next.code)) shown += "\xEF\xBF\xBD";
        else shown += text.substr(0, next.bytes);
        text.remove_prefix(next.bytes);
    }
    return shown;
}

std::string with_separators(std::uint64_t number) {
    std::string digits = std::to_string(number);
    for (std::size_t at = digits.size(); at > 3;) {
        at -= 3;
        digits.insert(at, 1, ',');
    }
    return digits;
}

}  // namespace parley
