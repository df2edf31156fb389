#include "cli_password.hpp"

#include <termios.h>
#include <unistd.h>

#include <array>
#include <iostream>

namespace parley {

namespace {

// Far more than any password may have; the rest is not read.
constexpr std::size_t password_bytes_max = std::size_t{64} * 1024;

// Does not show what is typed until it is destroyed.
class HiddenTyping {
public:
    HiddenTyping() : hidden_(::tcgetattr(STDIN_FILENO, &before_) == 0) {
        termios without_echo = before_;
        without_echo.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        if (hidden_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &without_echo);
    }
    HiddenTyping(const HiddenTyping&) = delete;
    HiddenTyping& operator=(const HiddenTyping&) = delete;
    ~HiddenTyping() {
        if (hidden_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    }

private:
    termios before_{};
    bool hidden_ = false;
};

}  // namespace

std::string read_password() {
    std::string password;
    if (::isatty(STDIN_FILENO) == 1) {
        const HiddenTyping hidden;
        std::cerr << "Password: " << std::flush;
        std::getline(std::cin, password);
        std::cerr << '\n';
        return password;
    }
    std::array<char, 4096> block{};
    while (password.size() < password_bytes_max &&
           (std::cin.read(block.data(), block.size()), std::cin.gcount() > 0)) {
        password.append(block.data(), static_cast<std::size_t>(std::cin.gcount()));
    }
    if (password.ends_with('\n')) {
        password.pop_back();
        if (password.ends_with('\r')) password.pop_back();
    }
    return password;
}

}  // namespace parley
