#pragma once

#include <termios.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace parley {

// The screen and the keys of a terminal, for a picture that is drawn again and again. While it
// lives, the other screen is shown and keys come one by one; whatever ends it, SIGINT and SIGTERM
// too, the terminal is as it was. One at a time.
class Terminal {
public:
    Terminal();
    ~Terminal();
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    struct Size {
        std::size_t columns = 80;
        std::size_t lines = 24;
    };
    [[nodiscard]] static Size size();

    // Draws these lines from the top, cut to the screen.
    void draw(const std::vector<std::string>& lines);

    // Where keys come from, for poll(); none where there is no keyboard.
    [[nodiscard]] std::optional<int> keys() const;
    // True where one of the keys that wait is q or Ctrl-C.
    [[nodiscard]] bool wants_to_quit();
    // A signal asked for the end.
    [[nodiscard]] static bool interrupted();

private:
    int keyboard_ = -1;
    std::optional<termios> before_;
};

}  // namespace parley
