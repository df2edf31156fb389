#include "redis/reply.hpp"

#include "base/limits.hpp"

#include <hiredis/read.h>

#include <algorithm>
#include <new>
#include <utility>

namespace parley::redis {

namespace {

// What hiredis fills while it reads one reply. Each list has room for all its items before the
// first of them is read, so that pointers into it stay good.
struct Builder {
    ReplyReader::Bounds bounds;
    Reply root;
    std::size_t bytes = 0;
    std::size_t items = 0;
    bool too_large = false;

    [[nodiscard]] bool charge(std::size_t more_bytes, std::size_t more_items) {
        bytes += more_bytes;
        items += more_items;
        too_large = bytes > bounds.bytes_max || items > bounds.items_count_max;
        return !too_large;
    }
};

Builder& builder_of(const redisReadTask* task) { return *static_cast<Builder*>(task->privdata); }

Reply& slot_of(const redisReadTask* task) {
    if (task->parent == nullptr) return builder_of(task).root;
    auto& list = *static_cast<Reply*>(task->parent->obj);
    return list.items[static_cast<std::size_t>(task->idx)];
}

// What hiredis calls back. Nothing may be thrown through it; a null pointer makes it give up.

void* create_text(const redisReadTask* task, char* bytes, std::size_t size) {
    if (!builder_of(task).charge(size, 0)) return nullptr;
    try {
        Reply& reply = slot_of(task);
        switch (task->type) {
            case REDIS_REPLY_STATUS: reply.kind = Reply::Kind::status; break;
            case REDIS_REPLY_ERROR: reply.kind = Reply::Kind::error; break;
            default: reply.kind = Reply::Kind::text; break;
        }
        reply.text.assign(bytes, size);
        return &reply;
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
}

void* create_list(const redisReadTask* task, int count) {
    const auto items = static_cast<std::size_t>(std::max(count, 0));
    if (!builder_of(task).charge(0, items)) return nullptr;
    try {
        Reply& reply = slot_of(task);
        reply.kind = Reply::Kind::list;
        reply.items.resize(items);
        return &reply;
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
}

void* create_integer(const redisReadTask* task, long long value) {
    Reply& reply = slot_of(task);
    reply.kind = Reply::Kind::integer;
    reply.integer = value;
    return &reply;
}

void* create_nil(const redisReadTask* task) { return &slot_of(task); }

void forget(void* /*reply*/) {}  // the builder owns it

redisReplyObjectFunctions functions{create_text, create_list, create_integer, create_nil, forget};

}  // namespace

struct ReplyReader::Impl {
    explicit Impl(Bounds bounds) : builder{bounds, {}}, reader(make()) {
        if (reader == nullptr) return;
        reader->maxbuf = 0;  // what a large reply took is given back when it was read
        reader->privdata = &builder;
    }

    static redisReader* make() { return redisReaderCreateWithFunctions(&functions); }

    [[nodiscard]] std::size_t held() const { return reader ? reader->len - reader->pos : 0; }

    [[nodiscard]] Error failure() const {
        if (builder.too_large) return make_error(Errc::too_large, "A reply is too large.");
        if (reader->err == REDIS_ERR_OOM) return make_error(Errc::unavailable, "Out of memory.");
        return make_error(Errc::malformed, "This is not RESP2.");
    }

    // One piece, of which hiredis moves the rest after each reply of a kilobyte.
    [[nodiscard]] result<void> read_piece(std::span<const char> piece,
                                          const std::function<void(Reply&&)>& take) {
        if (redisReaderFeed(reader.get(), piece.data(), piece.size()) != REDIS_OK) return failure();
        while (true) {
            void* whole = nullptr;
            if (redisReaderGetReply(reader.get(), &whole) != REDIS_OK) return failure();
            if (whole == nullptr) break;
            builder.bytes = builder.items = 0;
            take(std::exchange(builder.root, Reply{}));
        }
        // A text is held until it is whole; what came before it in its reply is in the builder.
        if (held() + builder.bytes > builder.bounds.bytes_max + line_bytes_max) {
            builder.too_large = true;
            return failure();
        }
        return {};
    }

    void give_up(const Error& error) {
        dead = error;
        reader.reset();
        builder.root = {};
        builder.bytes = 0;
    }

    // Of what surrounds a text: its type, its length, the line's end.
    static constexpr std::size_t line_bytes_max = 64;

    struct Free {
        void operator()(redisReader* one) const { redisReaderFree(one); }
    };
    Builder builder;
    std::unique_ptr<redisReader, Free> reader;
    std::optional<Error> dead;
};

ReplyReader::ReplyReader(Bounds bounds) : impl_(std::make_unique<Impl>(bounds)) {
    if (!impl_->reader) impl_->dead = make_error(Errc::unavailable, "Out of memory.");
}
ReplyReader::~ReplyReader() = default;

result<void> ReplyReader::read(std::span<const char> bytes,
                               const std::function<void(Reply&&)>& take) {
    while (!impl_->dead && !bytes.empty()) {
        const auto piece = bytes.first(std::min(bytes.size(), redis_read_bytes));
        bytes = bytes.subspan(piece.size());
        if (auto read = impl_->read_piece(piece, take); read.has_error()) {
            impl_->give_up(read.error());
        }
    }
    if (impl_->dead) return *impl_->dead;
    return {};
}

std::size_t ReplyReader::held_bytes() const { return impl_->held() + impl_->builder.bytes; }

void append_command(std::string& out, std::span<const std::string_view> words) {
    const auto line = [&](char type, std::size_t number) {
        out += type;
        out += std::to_string(number);
        out += "\r\n";
    };
    line('*', words.size());
    for (const std::string_view word : words) {
        line('$', word.size());
        out.append(word).append("\r\n");
    }
}

}  // namespace parley::redis
