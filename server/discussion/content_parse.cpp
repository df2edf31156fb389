#include "base/limits.hpp"
#include "discussion/content.hpp"
#include "discussion/content_builder.hpp"
#include "discussion/content_entities.hpp"

#include <md4c.h>

#include <algorithm>
#include <exception>
#include <functional>
#include <new>
#include <vector>

namespace parley {

namespace {

enum class Kind : std::uint8_t { comment, article };

// Passes md4c's calls on to a builder. One use.
class MarkdownParser {
public:
    MarkdownParser(std::string_view source, Kind kind)
        // A reference can be used again and again; what its targets add up to stays bounded.
        : source_(source), kind_(kind), href_bytes_left_(2 * source.size() + url_chars_max) {}

    ContentTree parse() {
        MD_PARSER callbacks{};
        callbacks.flags = MD_FLAG_NOHTML | MD_FLAG_STRIKETHROUGH | MD_FLAG_PERMISSIVEAUTOLINKS;
        callbacks.enter_block = on_enter_block;
        callbacks.leave_block = on_leave_block;
        callbacks.enter_span = on_enter_span;
        callbacks.leave_span = on_leave_span;
        callbacks.text = on_text;
        const int status =
            md_parse(source_.data(), static_cast<MD_SIZE>(source_.size()), &callbacks, this);
        if (failure_) std::rethrow_exception(failure_);
        if (status != 0) throw std::bad_alloc();  // the only other thing that can stop md4c
        return builder_.finish();
    }

private:
    static int on_enter_block(MD_BLOCKTYPE type, void* detail, void* self) {
        return guarded(self, [&](MarkdownParser& parser) { parser.enter_block(type, detail); });
    }
    static int on_leave_block(MD_BLOCKTYPE type, void*, void* self) {
        return guarded(self, [&](MarkdownParser& parser) { parser.leave_block(type); });
    }
    static int on_enter_span(MD_SPANTYPE type, void* detail, void* self) {
        return guarded(self, [&](MarkdownParser& parser) { parser.enter_span(type, detail); });
    }
    static int on_leave_span(MD_SPANTYPE type, void*, void* self) {
        return guarded(self, [&](MarkdownParser& parser) { parser.leave_span(type); });
    }
    static int on_text(MD_TEXTTYPE type, const MD_CHAR* text, MD_SIZE size, void* self) {
        return guarded(self, [&](MarkdownParser& parser) { parser.add_text(type, {text, size}); });
    }

    // md4c is C: an exception must not pass through it.
    template <class Function>
    static int guarded(void* self, Function&& function) {
        auto& parser = *static_cast<MarkdownParser*>(self);
        try {
            function(parser);
            return 0;
        } catch (...) {
            parser.failure_ = std::current_exception();
            return -1;
        }
    }

    void enter_block(MD_BLOCKTYPE type, void* detail) {
        switch (type) {
            case MD_BLOCK_QUOTE: return builder_.enter(ContentTag::quote);
            case MD_BLOCK_UL: return builder_.enter(ContentTag::ul);
            case MD_BLOCK_OL: return builder_.enter(ContentTag::ol);
            case MD_BLOCK_LI: return builder_.enter(ContentTag::li);
            case MD_BLOCK_CODE: return builder_.enter(ContentTag::pre);
            case MD_BLOCK_H: return enter_heading(*static_cast<MD_BLOCK_H_DETAIL*>(detail));
            case MD_BLOCK_P: return builder_.enter(ContentTag::p);
            default: return builder_.enter_nothing();  // the document, a line across
        }
    }

    void leave_block(MD_BLOCKTYPE type) {
        while (!spans_.empty()) leave_last_span();
        builder_.leave();
        if (type == MD_BLOCK_H && kind_ == Kind::comment) builder_.leave();
    }

    void enter_heading(const MD_BLOCK_H_DETAIL& heading) {
        if (kind_ == Kind::article) {
            return builder_.enter(heading.level < 3 ? ContentTag::h2 : ContentTag::h3);
        }
        builder_.enter(ContentTag::p);
        builder_.enter(ContentTag::strong);
    }

    // md4c 0.4.8 sometimes ends a span that it did not begin: "[[](*)**]".
    void leave_span(MD_SPANTYPE type) {
        if (std::find(spans_.begin(), spans_.end(), type) == spans_.end()) return;
        while (spans_.back() != type) leave_last_span();
        leave_last_span();
    }

    void leave_last_span() {
        spans_.pop_back();
        builder_.leave();
    }

    void enter_span(MD_SPANTYPE type, void* detail) {
        spans_.push_back(type);
        switch (type) {
            case MD_SPAN_EM: return builder_.enter(ContentTag::em);
            case MD_SPAN_STRONG: return builder_.enter(ContentTag::strong);
            case MD_SPAN_DEL: return builder_.enter(ContentTag::del);
            case MD_SPAN_CODE: return builder_.enter(ContentTag::code);
            case MD_SPAN_A: return enter_link(static_cast<MD_SPAN_A_DETAIL*>(detail)->href);
            case MD_SPAN_IMG: return enter_link(static_cast<MD_SPAN_IMG_DETAIL*>(detail)->src);
            default: return builder_.enter_nothing();
        }
    }

    void enter_link(const MD_ATTRIBUTE& target) {
        std::string href;
        if (target.size <= href_bytes_left_ && !builder_.is_inside(ContentTag::a)) {
            href_bytes_left_ -= target.size;
            href = checked_href(decode(target));
        }
        if (href.empty()) return builder_.enter_nothing();
        builder_.enter(ContentTag::a, std::move(href));
    }

    static std::string decode(const MD_ATTRIBUTE& attribute) {
        std::string out;
        for (std::size_t i = 0; attribute.substr_offsets[i] < attribute.size; ++i) {
            const MD_OFFSET begin = attribute.substr_offsets[i];
            const std::string_view part(attribute.text + begin,
                                        attribute.substr_offsets[i + 1] - begin);
            if (attribute.substr_types[i] == MD_TEXT_ENTITY) out += decode_entity(part);
            else out += part;
        }
        return out;
    }

    void add_text(MD_TEXTTYPE type, std::string_view text) {
        switch (type) {
            case MD_TEXT_BR: return builder_.add_break();
            case MD_TEXT_SOFTBR:
                if (kind_ == Kind::article) builder_.add_text(" ");
                else builder_.add_break();
                return;
            case MD_TEXT_NULLCHAR: return builder_.add_text("\xEF\xBF\xBD");
            case MD_TEXT_ENTITY: return builder_.add_text(decode_entity(text));
            case MD_TEXT_CODE: return builder_.add_text(text);
            default:
                if (is_escaped(text)) builder_.add_escaped(text);
                else builder_.add_text(text);
        }
    }

    // md4c leaves a backslash out and gives what it escapes as a text of its own, out of the
    // source.
    [[nodiscard]] bool is_escaped(std::string_view text) const {
        const std::less<> before;
        const bool in_source = before(source_.data(), text.data()) &&
                               before(text.data(), source_.data() + source_.size());
        return in_source && text == "|" && text.data()[-1] == '\\';
    }

    std::string_view source_;
    Kind kind_;
    std::size_t href_bytes_left_;
    ContentBuilder builder_;
    std::vector<MD_SPANTYPE> spans_;  // those that are open, in the block that is
    std::exception_ptr failure_;
};

}  // namespace

ContentTree parse_markdown(std::string_view markdown) {
    return MarkdownParser(markdown, Kind::comment).parse();
}

ContentTree parse_article(std::string_view markdown) {
    return MarkdownParser(markdown, Kind::article).parse();
}

}  // namespace parley
