#include "discussion/changeset.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace parley {
namespace {

// The browser's tests read the same file.
boost::json::array read_vectors() {
    std::ifstream file(std::string(PARLEY_SOURCE_DIR) + "/tests/data/position_vectors.json");
    std::ostringstream text;
    text << file.rdbuf();
    return boost::json::parse(text.str()).as_array();
}

Epoch epoch_of(const boost::json::object& object) {
    return {std::string(object.at("epoch").as_string())};
}

TEST(JudgeUpdate, AgreesWithTheVectors) {
    const boost::json::array vectors = read_vectors();
    ASSERT_FALSE(vectors.empty());
    for (const boost::json::value& value : vectors) {
        const boost::json::object& vector = value.as_object();
        const boost::json::object& update = vector.at("update").as_object();
        Position mine;  // without a position the epoch is empty, which no store's is
        if (const auto* held = vector.at("mine").if_object()) {
            mine = {epoch_of(*held), held->at("seq").to_number<Seq>()};
        }
        const UpdateVerdict verdict =
            judge_update(mine, epoch_of(update), update.at("prev").to_number<Seq>(),
                         update.at("seq").to_number<Seq>());
        EXPECT_EQ(to_string(verdict), std::string_view(vector.at("outcome").as_string()))
            << vector.at("name").as_string();
    }
}

TEST(JudgeUpdate, HasAnAnswerForEveryCase) {
    const Position mine{{"e"}, 41};
    EXPECT_EQ(judge_update(mine, {"e"}, 41, 42), UpdateVerdict::applied);
    EXPECT_EQ(judge_update(mine, {"e"}, 30, 42), UpdateVerdict::applied);
    EXPECT_EQ(judge_update(mine, {"e"}, 40, 41), UpdateVerdict::ignored);
    EXPECT_EQ(judge_update(mine, {"e"}, 42, 43), UpdateVerdict::gap);
    EXPECT_EQ(judge_update(mine, {"f"}, 41, 42), UpdateVerdict::reset);
}

}  // namespace
}  // namespace parley
