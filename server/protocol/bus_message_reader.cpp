#include "base/limits.hpp"
#include "protocol/bus_message.hpp"

#include <simdjson.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace parley {

namespace {

namespace dom = simdjson::dom;

// A comment's tree stands in so many objects and lists.
constexpr std::size_t bus_json_depth_max = content_depth_max + 8;
constexpr std::size_t sender_chars_max = 100;
constexpr std::int64_t number_max = std::numeric_limits<std::int64_t>::max();

// What is wrong anywhere makes the whole text wrong; nothing is told of what it was, because only
// instances of ours can have signed it. Once something is found, nothing of the text is touched.
struct Trouble {
    bool found = false;
};

// Calls `read` with each item of what must be a list.
template <class Read>
void each_item(const dom::element& value, Trouble& trouble, Read read) {
    dom::array items;
    if (trouble.found || value.get(items) != simdjson::SUCCESS) {
        trouble.found = true;
        return;
    }
    for (const dom::element item : items) {
        if (!trouble.found) read(item);
    }
}

// The fields of one object, each taken once. finish() sees to it that there were no others.
class Fields {
public:
    Fields(const dom::element& value, Trouble& trouble) : trouble_(trouble) {
        if (trouble.found || value.get(object_) != simdjson::SUCCESS) fail();
        else left_ = object_.size();
    }

    [[nodiscard]] std::optional<dom::element> take_if(std::string_view name) {
        std::optional<dom::element> found;
        if (trouble_.found) return found;  // there may not even be an object
        for (const auto field : object_) {
            if (field.key != name) continue;
            if (found) fail();  // given twice
            found = field.value;
        }
        if (found) --left_;
        return trouble_.found ? std::nullopt : found;
    }
    [[nodiscard]] dom::element take(std::string_view name) {
        const auto found = take_if(name);
        if (!found) fail();
        return found.value_or(dom::element());
    }

    [[nodiscard]] std::string text(std::string_view name) { return text_of(take(name)); }
    [[nodiscard]] std::int64_t integer(std::string_view name, std::int64_t lowest = 0,
                                       std::int64_t highest = number_max) {
        const dom::element value = take(name);
        std::int64_t number = lowest;
        if (trouble_.found || value.get(number) != simdjson::SUCCESS || number < lowest ||
            number > highest) {
            fail();
        }
        return number;
    }
    [[nodiscard]] bool boolean(std::string_view name) {
        const dom::element value = take(name);
        bool yes = false;
        if (trouble_.found || value.get(yes) != simdjson::SUCCESS) fail();
        return yes;
    }
    // Calls `read` with each item of a list.
    template <class Read>
    void each(std::string_view name, Read read) {
        each_item(take(name), trouble_, read);
    }
    // What `parse` makes of a text; absent makes the text wrong.
    template <class Parse>
    [[nodiscard]] auto parsed(std::string_view name, Parse parse) {
        return parsed_of(take(name), parse);
    }
    template <class Parse>
    [[nodiscard]] auto parsed_of(const dom::element& value, Parse parse) {
        auto made = parse(text_of(value));
        if (!made.has_value()) fail();
        using Value = std::remove_cvref_t<decltype(*made)>;
        return made.has_value() ? *made : Value{};
    }
    // The same where null means that there is none.
    template <class Parse>
    [[nodiscard]] auto parsed_if(std::string_view name, Parse parse) {
        const dom::element value = take(name);
        using Value = decltype(parsed_of(value, parse));
        if (trouble_.found || value.is_null()) return std::optional<Value>{};
        return std::optional<Value>(parsed_of(value, parse));
    }

    [[nodiscard]] std::string text_of(const dom::element& value) {
        std::string_view text;
        if (trouble_.found || value.get(text) != simdjson::SUCCESS ||
            text.find('\0') != std::string_view::npos) {
            fail();
            return {};
        }
        return std::string(text);
    }

    void fail() { trouble_.found = true; }
    void finish() {
        if (left_ != 0) fail();
    }

private:
    Trouble& trouble_;
    dom::object object_;
    std::size_t left_ = 0;
};

std::optional<ContentTag> parse_tag(std::string_view name) {
    for (auto tag = ContentTag::p; tag <= ContentTag::h3;
         tag = static_cast<ContentTag>(static_cast<int>(tag) + 1)) {
        if (to_string(tag) == name) return tag;
    }
    return std::nullopt;
}

std::optional<Epoch> parse_epoch(std::string_view text) {
    if (text.empty() || text.size() > epoch_chars_max) return std::nullopt;
    return Epoch{std::string(text)};
}

// A text, or a list of a tag, of a link's target, and of what is inside.
ContentNode read_node(Fields& owner, const dom::element& value, std::size_t depth) {
    ContentNode node;
    if (value.is_string()) {
        node.text = owner.text_of(value);
        return node;
    }
    dom::array parts;
    if (depth > content_depth_max || value.get(parts) != simdjson::SUCCESS || parts.size() == 0) {
        owner.fail();
        return node;
    }
    std::size_t index = 0;
    for (const dom::element part : parts) {
        if (index == 0) node.tag = owner.parsed_of(part, parse_tag);
        else if (index == 1 && node.tag == ContentTag::a) node.text = owner.text_of(part);
        else node.children.push_back(read_node(owner, part, depth + 1));
        ++index;
    }
    if (node.tag == ContentTag::a && index < 2) owner.fail();
    return node;
}

Author read_author(const dom::element& value, Trouble& trouble) {
    Fields fields(value, trouble);
    Author author;
    author.id = fields.parsed("id", parse_account_id);
    author.name = fields.text("name");
    fields.each("badges",
                [&](const dom::element& badge) { author.badges.push_back(fields.text_of(badge)); });
    fields.finish();
    return author;
}

Quote read_quote(const dom::element& value, Trouble& trouble) {
    Fields fields(value, trouble);
    Quote quote;
    quote.comment = fields.parsed_if("comment", parse_comment_id);
    quote.author = fields.text("author");
    quote.text = fields.text("text");
    quote.verified = fields.boolean("verified");
    fields.finish();
    return quote;
}

Tally read_numbers(Fields& fields) {
    constexpr std::int64_t any = std::numeric_limits<std::int64_t>::min();
    Tally tally;
    tally.id = fields.parsed("id", parse_comment_id);
    tally.up = fields.integer("up", any);
    tally.down = fields.integer("down", any);
    tally.score = fields.integer("score", any);
    tally.replies = fields.integer("replies");
    tally.stamp = fields.integer("seq");
    return tally;
}

Tally read_tally(const dom::element& value, Trouble& trouble) {
    Fields fields(value, trouble);
    const Tally tally = read_numbers(fields);
    fields.finish();
    return tally;
}

CommentContent read_content(Fields& fields, Trouble& trouble) {
    CommentContent content;
    content.parent = fields.parsed_if("parent", parse_comment_id);
    fields.each("path", [&](const dom::element& id) {
        content.path.push_back(fields.parsed_of(id, parse_comment_id));
    });
    const auto as_text = [](std::string text) { return std::optional(std::move(text)); };
    content.number = fields.parsed_if("number", as_text).value_or("");
    content.in_reply_to = fields.parsed_if("in_reply_to", parse_comment_id);
    const dom::element author = fields.take("author");
    if (!trouble.found && !author.is_null()) content.author = read_author(author, trouble);
    content.created_at = fields.parsed("created_at", parse_rfc3339);
    content.edited_at = fields.parsed_if("edited_at", parse_rfc3339);
    content.state = fields.parsed("state", parse_comment_state);
    content.body = fields.text("body");
    fields.each("content", [&](const dom::element& node) {
        content.content.push_back(read_node(fields, node, 1));
    });
    const dom::element quote = fields.take("quote");
    if (!trouble.found && !quote.is_null()) content.quote = read_quote(quote, trouble);
    return content;
}

CommentView read_comment(const dom::element& value, Trouble& trouble) {
    Fields outer(value, trouble);
    CommentView comment;
    const Seq content_seq = outer.integer("content_seq");
    const Seq score_seq = outer.integer("score_seq");
    Fields fields(outer.take("comment"), trouble);
    CommentContent content = read_content(fields, trouble);
    comment.tally = read_numbers(fields);
    content.id = comment.tally.id;
    content.stamp = content_seq;
    if (comment.tally.stamp != std::max(content_seq, score_seq)) fields.fail();
    comment.tally.stamp = score_seq;
    comment.content = std::make_shared<const CommentContent>(std::move(content));
    fields.finish();
    outer.finish();
    return comment;
}

DiscussionInfo read_info(const dom::element& value, Trouble& trouble) {
    Fields fields(value, trouble);
    DiscussionInfo info;
    info.title = fields.text("title");
    info.url = fields.text("url");
    info.state = fields.parsed("state", parse_discussion_state);
    fields.each("channels", [&](const dom::element& item) {
        Fields channel(item, trouble);
        std::string name = channel.text("name");
        info.channels.push_back({std::move(name), channel.text("url")});
        channel.finish();
    });
    info.stamp = fields.integer("seq");
    fields.finish();
    return info;
}

BusContent read_changeset(const dom::element& value, Trouble& trouble) {
    Fields fields(value, trouble);
    auto changeset = std::make_shared<Changeset>();
    changeset->discussion = fields.parsed("discussion", parse_discussion_id);
    changeset->epoch = fields.parsed("epoch", parse_epoch);
    changeset->prev = fields.integer("prev");
    changeset->seq = fields.integer("seq");
    changeset->comment_count = fields.integer("comment_count");
    changeset->takes_text_away = fields.boolean("takes_text_away");
    fields.each("comments", [&](const dom::element& comment) {
        changeset->comments.push_back(read_comment(comment, trouble));
    });
    fields.each("scores", [&](const dom::element& tally) {
        changeset->scores.push_back(read_tally(tally, trouble));
    });
    if (const auto info = fields.take_if("info")) changeset->info = read_info(*info, trouble);
    if (changeset->prev >= changeset->seq) fields.fail();
    fields.finish();
    return std::shared_ptr<const Changeset>(std::move(changeset));
}

BusContent read_hint(const dom::element& value, Trouble& trouble) {
    Fields fields(value, trouble);
    BusHint hint;
    hint.discussion = fields.parsed("discussion", parse_discussion_id);
    hint.position.epoch = fields.parsed("epoch", parse_epoch);
    hint.position.seq = fields.integer("seq");
    fields.finish();
    return hint;
}

BusContent read_presence(const dom::element& value, Trouble& trouble) {
    Fields fields(value, trouble);
    BusPresence presence;
    presence.discussion = fields.parsed("discussion", parse_discussion_id);
    presence.readers = static_cast<std::size_t>(
        fields.integer("readers", 0, std::numeric_limits<std::uint32_t>::max()));
    fields.finish();
    return presence;
}

BusContent read_probe(const dom::element& value, Trouble& trouble) {
    Fields fields(value, trouble);
    const BusProbe probe{static_cast<std::uint64_t>(fields.integer("number"))};
    fields.finish();
    return probe;
}

BusSpent::Bucket read_bucket(const dom::element& value, Trouble& trouble) {
    Fields fields(value, trouble);
    BusSpent::Bucket bucket;
    bucket.kind = static_cast<std::uint8_t>(
        fields.integer("kind", 0, std::numeric_limits<std::uint8_t>::max()));
    bucket.key = fields.text("key");
    bucket.count = static_cast<std::uint32_t>(
        fields.integer("count", 1, std::numeric_limits<std::uint32_t>::max()));
    fields.finish();
    return bucket;
}

BusContent read_spent(const dom::element& value, Trouble& trouble) {
    BusSpent spent;
    each_item(value, trouble, [&](const dom::element& bucket) {
        spent.buckets.push_back(read_bucket(bucket, trouble));
    });
    return spent;
}

BusContent read_account_events(const dom::element& value, Trouble& trouble) {
    Fields(value, trouble).finish();
    return BusAccountEvents{};
}

BusContent read_voted(const dom::element& value, Trouble& trouble) {
    BusVoted voted;
    each_item(value, trouble, [&](const dom::element& item) {
        std::string_view digits;
        const bool is_text = item.get(digits) == simdjson::SUCCESS;
        const auto account = is_text ? parse_account_id(digits) : std::nullopt;
        if (account) voted.accounts.push_back(*account);
        else trouble.found = true;
    });
    return voted;
}

BusContent read_one(Fields& fields, Trouble& trouble) {
    using Read = BusContent (*)(const dom::element&, Trouble&);
    constexpr std::pair<std::string_view, Read> kinds[] = {
        {"changeset", read_changeset}, {"hint", read_hint},
        {"presence", read_presence},   {"probe", read_probe},
        {"spent", read_spent},         {"account_events", read_account_events},
        {"voted", read_voted}};
    for (const auto& [name, read] : kinds) {
        if (const auto value = fields.take_if(name)) return read(*value, trouble);
    }
    trouble.found = true;
    return BusProbe{};
}

}  // namespace

result<BusMessage> read_bus_text(std::string_view json, std::string_view store) {
    const Error malformed = make_error(Errc::malformed);
    // Only for as long as the message: one of the bus is seldom large.
    dom::parser parser(bus_message_bytes_max);
    if (parser.allocate(std::max<std::size_t>(json.size(), 1), bus_json_depth_max) !=
        simdjson::SUCCESS) {
        return malformed;
    }
    dom::element root;
    if (parser.parse(json.data(), json.size()).get(root) != simdjson::SUCCESS) return malformed;
    Trouble trouble;
    Fields fields(root, trouble);
    BusMessage message;
    message.sender = fields.text("from");
    const std::string about = fields.text("store");
    if (trouble.found || message.sender.empty() || message.sender.size() > sender_chars_max) {
        return malformed;
    }
    if (about != store) return make_error(Errc::invalid_field, "This is about another store.");
    message.content = read_one(fields, trouble);
    fields.finish();
    if (trouble.found) return malformed;
    return message;
}

}  // namespace parley
