#include "cli_terminal.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <iostream>
#include <string_view>

namespace parley {

namespace {

constexpr std::string_view enter = "\x1b[?1049h\x1b[?25l";
constexpr std::string_view leave = "\x1b[?25h\x1b[?1049l";
constexpr std::string_view from_the_top = "\x1b[H";
constexpr std::string_view clear_to_end_of_line = "\x1b[K";
constexpr std::string_view clear_below = "\x1b[J";

volatile std::sig_atomic_t ended = 0;

void end(int /*number*/) { ended = 1; }
// It only has to end a wait: the size is looked at for each picture.
void wake(int /*number*/) {}

void on_signal(int number, void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    ::sigemptyset(&action.sa_mask);
    ::sigaction(number, &action, nullptr);
}

}  // namespace

Terminal::Terminal() : keyboard_(::open("/dev/tty", O_RDONLY | O_NONBLOCK | O_CLOEXEC)) {
    on_signal(SIGINT, end);
    on_signal(SIGTERM, end);
    on_signal(SIGHUP, end);
    on_signal(SIGWINCH, wake);
    termios settings{};
    if (keyboard_ >= 0 && ::tcgetattr(keyboard_, &settings) == 0) {
        before_ = settings;
        settings.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
        ::tcsetattr(keyboard_, TCSANOW, &settings);
    }
    std::cout << enter << std::flush;
}

Terminal::~Terminal() {
    std::cout << leave << std::flush;
    if (before_) ::tcsetattr(keyboard_, TCSANOW, &*before_);
    if (keyboard_ >= 0) ::close(keyboard_);
}

Terminal::Size Terminal::size() {
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return {};
    return {size.ws_col, std::max<std::size_t>(size.ws_row, 1)};
}

void Terminal::draw(const std::vector<std::string>& lines) {
    const Size screen = size();
    std::string picture(from_the_top);
    for (std::size_t i = 0; i < std::min(lines.size(), screen.lines); ++i) {
        if (i > 0) picture += '\n';
        picture.append(lines[i].substr(0, screen.columns)).append(clear_to_end_of_line);
    }
    std::cout << picture << clear_below << std::flush;
}

std::optional<int> Terminal::keys() const {
    if (keyboard_ < 0) return std::nullopt;
    return keyboard_;
}

bool Terminal::wants_to_quit() {
    std::array<char, 64> pressed{};
    for (;;) {
        const ssize_t count = ::read(keyboard_, pressed.data(), pressed.size());
        if (count <= 0) return false;
        const auto end_of_keys = pressed.begin() + count;
        if (std::find_if(pressed.begin(), end_of_keys, [](char key) {
                return key == 'q' || key == 'Q' || key == '\x03';
            }) != end_of_keys) {
            return true;
        }
    }
}

bool Terminal::interrupted() { return ended != 0; }

}  // namespace parley
