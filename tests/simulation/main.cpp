#include "base/mutants.hpp"
#include "scenario.hpp"

#include <charconv>
#include <cstring>
#include <fstream>
#include <iomanip>
#include <iostream>

namespace parley::simulation {

namespace {

struct Options {
    std::uint64_t from = 1;
    std::uint64_t seeds = 1'000;
    bool traced = false;
    bool mutants = false;
    std::uint64_t mutant = 0;
    std::string export_to;
};

struct Outcome {
    std::string violation;  // empty: none
    FaultCounts faults{};
    std::uint64_t events = 0;
};

Outcome play(std::uint64_t seed, bool traced) {
    Outcome outcome;
    Scenario scenario(seed, traced);
    try {
        scenario.run();
    } catch (const std::exception& error) {
        outcome.violation = error.what();
    }
    outcome.faults = scenario.world().faults;
    outcome.events = scenario.world().time.events();
    return outcome;
}

std::string_view name_of(Mutant mutant) {
    static constexpr std::array<std::string_view, 19> names{
        "none",
        "a window older than the position is merged without its changes",
        "the answer to a write moves the position",
        "rows no longer public are filtered out of changes since",
        "a catch-up comes in parts, by the larger stamp",
        "a restore keeps the epoch",
        "the epoch is read once at the start",
        "rows are read before seq, in two reads",
        "no stamp is compared",
        "a vote replaces the content",
        "resume without epoch",
        "no sweep",
        "conflation counts queued frames as sent",
        "a heal overwrites a newer room",
        "bus messages are dropped while a room opens",
        "shared catch-ups are rounded up",
        "newer_than() compares content stamps only",
        "a catch-up makes the flush forget what waits",
        "conflation drops a frame that was sent in part",
    };
    return names[static_cast<std::size_t>(mutant)];
}

void print_replay(std::uint64_t seed, const Options& options) {
    std::cout << "replay: simulation --seed " << seed;
    if (options.mutant != 0) std::cout << " --mutant " << options.mutant;
    std::cout << " --trace\n";
}

int run_seeds(const Options& options) {
    FaultCounts faults{};
    std::uint64_t events = 0;
    std::uint64_t failed = 0;
    active_mutant = static_cast<Mutant>(options.mutant);
    for (std::uint64_t seed = options.from; seed < options.from + options.seeds; ++seed) {
        const Outcome outcome = play(seed, options.traced);
        for (std::size_t i = 0; i < faults_count; ++i) faults[i] += outcome.faults[i];
        events += outcome.events;
        if (outcome.violation.empty()) continue;
        std::cout << "not ok seed " << seed << ": " << outcome.violation << '\n';
        print_replay(seed, options);
        constexpr std::uint64_t shown_max = 10;
        if (++failed >= shown_max) break;
    }
    std::uint64_t silent = 0;
    for (std::size_t i = 0; i < faults_count; ++i) {
        std::cout << std::setw(12) << faults[i] << "  " << to_string(static_cast<Fault>(i)) << '\n';
        // A few seeds need not show everything.
        constexpr std::uint64_t seeds_for_all = 100;
        if (faults[i] > 0 || options.seeds < seeds_for_all || failed > 0) continue;
        std::cout << "not ok: never fired: " << to_string(static_cast<Fault>(i)) << '\n';
        ++silent;
    }
    std::cout << events << " events\n# pass " << options.seeds - failed << "\n# fail "
              << failed + silent << '\n';
    return failed + silent == 0 ? 0 : 1;
}

// Each must be noticed, or the checks are worth nothing.
int run_mutants(const Options& options) {
    std::uint64_t survived = 0;
    constexpr auto last = static_cast<std::uint64_t>(Mutant::partial_frame_dropped);
    for (std::uint64_t number = 1; number <= last; ++number) {
        active_mutant = static_cast<Mutant>(number);
        Outcome outcome;
        std::uint64_t seed = 0;
        while (outcome.violation.empty() && seed < options.seeds) outcome = play(++seed, false);
        const bool is_caught = !outcome.violation.empty();
        survived += is_caught ? 0 : 1;
        std::cout << (is_caught ? "ok" : "not ok") << " mutant " << number << ", "
                  << name_of(active_mutant) << ": ";
        if (is_caught) std::cout << "caught by seed " << seed << ": " << outcome.violation << '\n';
        else std::cout << "not caught by " << seed << " seeds\n";
        std::cout.flush();
    }
    std::cout << "# pass " << last - survived << "\n# fail " << survived << '\n';
    return survived == 0 ? 0 : 1;
}

// Stories of single pages for the browser's store, of the first seeds that make good ones.
int export_traces(const Options& options) {
    constexpr std::size_t traces_count = 20;
    std::size_t written = 0;
    for (std::uint64_t seed = 1; seed <= options.seeds && written < traces_count; ++seed) {
        const std::string name = "simulated_" + std::to_string(seed);
        const std::string note = "seed " + std::to_string(seed) + " of tests/simulation, a phase";
        const std::string text = Scenario(seed, false).record(name, note);
        if (text.empty()) continue;
        std::ofstream file(options.export_to + '/' + name + ".json");
        file << text;
        if (!file) {
            std::cerr << "cannot write to " << options.export_to << '\n';
            return 1;
        }
        ++written;
    }
    std::cout << written << " traces\n";
    return written == traces_count ? 0 : 1;
}

constexpr std::string_view usage =
    "simulation [--from N] [--seeds N] [--seed N] [--trace] [--mutant N] [--mutants]\n"
    "           [--export-traces FOLDER]\n"
    "\n"
    "Plays rooms, hubs and outboxes with models of readers and of the store under virtual time.\n"
    "Each seed is one run and always the same one.\n"
    "\n"
    "  --from N --seeds N  seeds N, N + 1, ... (1,000 from 1)\n"
    "  --seed N            one seed\n"
    "  --trace             tells all that happens\n"
    "  --mutant N          with a mistake built in on purpose\n"
    "  --mutants           each of them until it is noticed\n"
    "  --export-traces F   writes client traces (tests/data/README.md) into the folder F\n";

bool read_number(const char* text, std::uint64_t& number) {
    const char* const end = text + std::strlen(text);
    return std::from_chars(text, end, number).ptr == end && text != end;
}

bool parse(int count, char** words, Options& options) {
    for (int i = 1; i < count; ++i) {
        const std::string_view word = words[i];
        const char* value = i + 1 < count ? words[i + 1] : "";
        bool is_read = true;
        if (word == "--trace") {
            options.traced = true;
            continue;
        }
        if (word == "--mutants") {
            options.mutants = true;
            continue;
        }
        ++i;
        if (word == "--from") is_read = read_number(value, options.from);
        else if (word == "--seeds") is_read = read_number(value, options.seeds);
        else if (word == "--export-traces") options.export_to = value;
        else if (word == "--mutant") is_read = read_number(value, options.mutant);
        else if (word == "--seed") {
            is_read = read_number(value, options.from);
            options.seeds = 1;
        } else is_read = false;
        if (!is_read) return false;
    }
    return true;
}

}  // namespace

int main(int count, char** words) {
    Options options;
    if (!parse(count, words, options)) {
        std::cerr << usage;
        return 2;
    }
    if (!options.export_to.empty()) return export_traces(options);
    return options.mutants ? run_mutants(options) : run_seeds(options);
}

}  // namespace parley::simulation

int main(int count, char** words) { return parley::simulation::main(count, words); }
