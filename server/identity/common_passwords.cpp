#include "identity/common_passwords.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace parley {

namespace {

// Of eight characters and more, since shorter ones are refused for their length. In lower case and
// in order, for the binary search.
// clang-format off
constexpr auto common = std::to_array<std::string_view>({
    "0123456789", "10203040", "1020304050", "11112222", "111222333", "112112112", "11223344",
    "112233445566", "12121212", "121212121", "12301230", "123123123", "123321123", "12341234",
    "12344321", "123454321", "1234554321", "123456654321", "123456789", "1234567890", "12345678910",
    "123456789a", "123456789q", "12345678a", "12345678q", "1234567a", "123456a1", "12345qwert",
    "1234qwer", "123987456", "123qwe123", "123qweasd", "123qweasdzxc", "13131313", "147258369",
    "147852369", "147896325", "159357258", "159753456", "1a2b3c4d", "1a2b3c4d5e", "1q2w3e4r",
    "1q2w3e4r5t", "1q2w3e4r5t6y", "1qaz1qaz", "1qaz2wsx", "1qaz2wsx3edc", "1qazxsw2", "21212121",
    "23232323", "2wsx3edc", "456789123", "69696969", "741852963", "789456123", "852456789",
    "963852741", "987654321a", "99998888", "a1234567", "a12345678", "a123456789", "a1b2c3d4",
    "a1b2c3d4e5", "a1s2d3f4", "aa123456", "aa12345678", "aaaa1111", "ab123456", "abc12345",
    "abc123456", "abc123456789", "abcabcabc", "abcd1234", "abcd1234!", "abcd12345", "abcdef123",
    "abcdefg1", "abracadabra", "access123", "access14", "admin123", "admin1234", "admin12345",
    "admin@123", "adminadmin", "administrator", "administrator1", "adminpass", "alejandra",
    "alejandro", "alexander", "alexander1", "alexandra", "alexandre", "alohomora", "amanda123",
    "angel123", "angels123", "anthony1", "anthony123", "anything", "arsenal1", "arsenal123",
    "arsenalfc", "asd123asd", "asdasdasd", "asdf1234", "asdfasdf", "asdfghjk", "asdfghjkl",
    "asdfghjkl1", "asdfqwer", "asdzxcqwe", "ashley123", "asshole1", "autumn2023", "autumn2024",
    "autumn2025", "azerty123", "azertyui", "azertyuiop", "baby1234", "babyblue", "babygirl",
    "babygirl1", "badboy123", "bananas1", "barcelona", "barcelona1", "baseball", "baseball1",
    "basketball", "basketball1", "batman123", "beatles1", "benjamin", "benjamin1", "bienvenido",
    "bienvenue", "bigboy123", "bigdaddy", "blackberry", "blackbird", "blessed1", "blink182",
    "blueberry", "bluebird", "bonjour1", "bonjour123", "brittany", "brittany1", "bullshit",
    "butterfly", "butterfly1", "caroline", "catherine", "celtic1888", "champion", "champion1",
    "champions", "changeme", "changeme1", "changeme123", "charlie1", "charlie123", "chelsea1",
    "chelsea123", "chelseafc", "chocolate", "chocolate1", "christ123", "christian", "christian1",
    "christina", "christine", "christopher", "ciaociao", "comments1", "computer", "computer1",
    "computer123", "contrasena", "cookie123", "correcthorse", "correcthorsebatterystaple",
    "corvette", "counterstrike", "cowboys1", "creative", "creative1", "cupcakes", "dallas123",
    "daniel123", "daniela1", "danielle", "darkness", "december1", "default1", "default123",
    "diamond1", "diamonds", "discussion", "dolphin1", "dolphins", "dolphins1", "dominique",
    "dontforget", "dragon12", "dragon123", "dragonball", "dragonballz", "eagles123", "elephant",
    "elizabeth", "elizabeth1", "eminem123", "everton1", "everything", "facebook", "facebook1",
    "facebook123", "february1", "fernando", "fernando1", "ferrari1", "football", "football1",
    "football12", "football123", "forever1", "forever21", "fortnite", "fortnite1", "francisco",
    "freedom1", "freedom123", "fuckoff1", "fuckoff123", "fuckyou!", "fuckyou1", "fuckyou123",
    "fuckyou2", "fussball", "fussball1", "futbol123", "gabriel1", "gabriela", "gandalf1",
    "garfield", "garfield1", "ginger123", "godzilla1", "goldfish", "google123", "greenday",
    "greenday1", "guest123", "guestguest", "hallo123", "hallo1234", "hallohallo", "harley123",
    "harrypotter", "haslohaslo", "heaven123", "hello123", "hello1234", "hellohello", "hellokitty",
    "hellokitty1", "helloworld", "heslo123", "hockey123", "hogwarts", "holahola", "hotgirl1",
    "hunter12", "hunter123", "ichliebedich", "idontknow", "ilovegod", "ilovejesus", "iloveme1",
    "iloveu123", "iloveyou", "iloveyou!", "iloveyou1", "iloveyou2", "infinity", "instagram",
    "internet", "internet1", "ironman123", "isabella", "isabelle", "jennifer", "jennifer1",
    "jessica1", "jessica123", "jesus123", "jesuschrist", "jesusislord", "jetaime1", "jetaime123",
    "jordan123", "jordan23", "juventus", "juventus1", "katherine", "kawasaki", "kennwort",
    "kennwort1", "killer12", "killer123", "kitty123", "kittycat", "kittykat", "ladybug1",
    "lakers24", "lamborghini", "letmein1", "letmein123", "letmeinnow", "letmeout", "linkedin",
    "linkedin1", "linkinpark", "liverpool", "liverpool1", "liverpoolfc", "login123", "loginlogin",
    "losenord", "lovebird", "loveforever", "lovelove", "lovely123", "loveme123", "lover123",
    "loveyou1", "manchester", "manunited", "manutd123", "margaret", "master12", "master123",
    "mastermaster", "matthew1", "maximilian", "mercedes", "mercedes1", "metallica", "metallica1",
    "michael1", "michael123", "microsoft", "midnight", "midnight1", "minecraft", "minecraft1",
    "monkey12", "monkey123", "moonlight", "motdepasse", "motorola", "mountain", "mountain1",
    "mustang1", "mustang123", "mypass123", "mypassword", "mysecret", "natalie1", "natasha1",
    "newpass1", "newpassword", "newspaper", "newspaper1", "nicholas", "nicholas1", "nicole123",
    "nintendo", "nirvana1", "noneofyour", "nopassword", "nothing1", "november", "oldpassword",
    "opensesame", "p@ssw0rd", "p@ssw0rd1", "p@ssword", "p@ssword1", "pa$$w0rd", "pa$$word",
    "pa55w0rd", "pa55word", "packers1", "parley123", "parleyparley", "parola123", "passion1",
    "passport", "passw0rd", "passw0rd1", "password", "password!", "password01", "password1",
    "password1!", "password12", "password123", "password1234", "password12345", "password2",
    "password2020", "password2021", "password2022", "password2023", "password2024", "password2025",
    "password2026", "password3", "password7", "password99", "passwort", "passwort1", "passwort123",
    "patricia", "peekaboo", "pepper123", "pineapple", "platinum", "playstation", "playstation1",
    "pokemon1", "pokemon123", "porsche1", "porsche911", "precious", "precious1", "princesa",
    "princess", "princess1", "princess12", "princess123", "prinzessin", "puppy123", "q1w2e3r4",
    "q1w2e3r4t5", "q1w2e3r4t5y6", "qaz123wsx", "qazwsx123", "qazwsxedc", "qazwsxedcrfv",
    "qazxswedc", "qwaszx12", "qwe123qwe", "qweasdzxc", "qweqweqwe", "qwer1234", "qwerasdf",
    "qwerqwer", "qwert123", "qwert12345", "qwerty12", "qwerty123", "qwerty1234", "qwerty12345",
    "qwerty123456", "qwertyui", "qwertyuiop", "qwertyuiop123", "qwertz123", "qwertzui", "rainbow1",
    "rainbow123", "rangers1", "rangers123", "raspberry", "realmadrid", "realmadrid1", "rebecca1",
    "redsox2004", "roblox123", "rockstar", "rockstar1", "root1234", "rootpass", "rootroot",
    "salasana", "salasana1", "samantha", "samantha1", "samsung1", "samsung123", "santiago",
    "schatzi1", "scooby123", "scorpio1", "scorpion", "sebastian", "sebastian1", "secret12",
    "secret123", "secretpass", "senha123", "senha1234", "september", "september1", "sexy1234",
    "sexygirl", "shadow12", "shadow123", "skateboard", "slipknot", "slipknot1", "snoopy123",
    "snowball", "snowboard", "soccer12", "soccer123", "softball", "something", "sommer123",
    "sommer2024", "sommer2025", "spiderman", "spiderman1", "spring2023", "spring2024", "spring2025",
    "starlight", "startrek", "startrek1", "starwars", "starwars1", "starwars123", "steelers",
    "steelers1", "stephanie", "stephanie1", "strawberry", "summer12", "summer123", "summer2020",
    "summer2021", "summer2022", "summer2023", "summer2024", "summer2025", "sunflower", "sunflower1",
    "sunshine", "sunshine1", "sunshine123", "superman", "superman1", "superman123", "superstar",
    "superstar1", "swordfish", "swordfish1", "teamo123", "teamomucho", "temp1234", "temporal",
    "temporary", "temppass", "tequiero", "test1234", "test12345", "test123test", "testing1",
    "testing123", "testpass", "testtest", "testuser", "thepassword", "thomas123", "tigger12",
    "tigger123", "tinkerbell", "toor1234", "topsecret", "trustno1", "twitter1", "undertaker",
    "user1234", "username", "username1", "userpass", "valentin", "valentina", "veronica",
    "victoria", "victoria1", "volleyball", "wachtwoord", "wachtwoord1", "welcome!", "welcome1",
    "welcome12", "welcome123", "welcome1234", "welcome2", "whatever", "whatever1", "william1",
    "willkommen", "willkommen1", "windows1", "windows10", "winter123", "winter2020", "winter2021",
    "winter2022", "winter2023", "winter2024", "winter2025", "xbox360x", "yamaha123", "yankees1",
    "yourpassword", "youtube1", "youtube123", "z1x2c3v4", "zaq12wsx", "zaq1xsw2", "zaq1zaq1",
    "zxcv1234", "zxcvbnm,", "zxcvbnm1", "zxcvbnm123", "zxczxczxc",
});
// clang-format on
static_assert(std::is_sorted(common.begin(), common.end()));

// What fingers run along. A row goes on where it began: 7890123.
constexpr auto rows = std::to_array<std::string_view>({
    "1234567890",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "yxcvbnm",
    "qsdfghjklm",
    "wxcvbn",
});

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool runs_along(std::string_view text, std::string_view row) {
    const std::size_t start = row.find(text.front());
    if (start == std::string_view::npos) return false;
    bool forward = true;
    bool backward = true;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const std::size_t step = i % row.size();
        forward = forward && text[i] == row[(start + step) % row.size()];
        backward = backward && text[i] == row[(start + row.size() - step) % row.size()];
    }
    return forward || backward;
}

}  // namespace

bool is_common_password(std::string_view password) {
    if (password.empty()) return true;
    std::string folded(password);
    std::transform(folded.begin(), folded.end(), folded.begin(), lower);
    if (std::binary_search(common.begin(), common.end(), std::string_view(folded))) return true;
    if (folded.find_first_not_of(folded.front()) == std::string::npos) return true;
    return std::any_of(rows.begin(), rows.end(),
                       [&](std::string_view row) { return runs_along(folded, row); });
}

}  // namespace parley
