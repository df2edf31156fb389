-- The example as schema 1 stored it, for the fault that ends a process while it changes the schema.
PRAGMA application_id = 1349676153;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE accounts (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    role INTEGER NOT NULL CHECK (role BETWEEN 0 AND 2),
    password_hash TEXT NOT NULL,
    banned INTEGER NOT NULL CHECK (banned IN (0, 1)),
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO "accounts" VALUES(1,'Desmond Varley','',0,'',0,1795718996038);
INSERT INTO "accounts" VALUES(2,'Ilse Kormann','',0,'',0,1795718996038);
INSERT INTO "accounts" VALUES(3,'Priya Nandakumar','',0,'',0,1795718996038);
INSERT INTO "accounts" VALUES(4,'Tobias Wren','',0,'',0,1795718996038);
INSERT INTO "accounts" VALUES(5,'quaysider','',0,'',0,1795718996038);
INSERT INTO "accounts" VALUES(6,'Marguerite Osei','',0,'',0,1795718996038);
INSERT INTO "accounts" VALUES(7,'R. Pettibone','',0,'',0,1795718996038);
INSERT INTO "accounts" VALUES(8,'Joaquín Abara','',0,'',0,1795718996038);
INSERT INTO "accounts" VALUES(9,'Edith Falkenrath','',0,'',0,1795718996038);
INSERT INTO "accounts" VALUES(10,'Sam H.','',0,'',0,1795718996038);
INSERT INTO "accounts" VALUES(11,'Cornelius Baptiste','',0,'',0,1795718996038);
INSERT INTO "accounts" VALUES(12,'nightbus_nell','',0,'',0,1795718996038);
INSERT INTO "accounts" VALUES(13,'Wilma Draycott','',0,'',0,1795718996038);
INSERT INTO "accounts" VALUES(14,'Anton Reiss','',0,'',0,1795718996038);
INSERT INTO "accounts" VALUES(15,'Bea Thistlewood','',0,'',0,1795718996038);
CREATE TABLE comment_versions (
    comment INTEGER NOT NULL REFERENCES comments (id),
    version INTEGER NOT NULL,
    until INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (comment, version)
) STRICT, WITHOUT ROWID;
CREATE TABLE comments (
    id INTEGER PRIMARY KEY,
    discussion INTEGER NOT NULL REFERENCES discussions (id),
    parent INTEGER REFERENCES comments (id),
    path BLOB NOT NULL,
    oldest_key BLOB,
    newest_key BLOB,
    in_reply_to INTEGER REFERENCES comments (id),
    author INTEGER NOT NULL REFERENCES accounts (id),
    state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 3),
    created_at INTEGER NOT NULL,
    edited_at INTEGER,
    stamp INTEGER NOT NULL,
    quote_comment INTEGER REFERENCES comments (id),
    quote_author TEXT,
    quote_text TEXT,
    quote_verified INTEGER,
    body TEXT NOT NULL
) STRICT;
INSERT INTO "comments" VALUES(1,1,NULL,X'',X'00000001',X'FFFFFFFE',NULL,1,0,1642843920000,NULL,2,NULL,NULL,NULL,NULL,'£186 million so that people who already had a bus can now sit on something shinier. For that money every household in town could have had **free buses for a decade**. Nobody asked me, and I have not met one person who was asked.');
INSERT INTO "comments" VALUES(2,1,1,X'0000000000000001',X'0000000100000001',X'FFFFFFFEFFFFFFFE',NULL,2,0,1642844640000,NULL,2,1,'Desmond Varley','Nobody asked me, and I have not met one person who was asked.',1,'You were asked, as it happens. There were two public hearings in the town hall in 2014, an exhibition in the library for six weeks, and the election of 2015, in which the tram was on every single poster. I remember the posters because one of them hung on my fence.');
INSERT INTO "comments" VALUES(3,1,2,X'00000000000000010000000000000002',X'000000010000000100000001',X'FFFFFFFEFFFFFFFEFFFFFFFE',NULL,1,0,1642844820000,NULL,2,NULL,NULL,NULL,NULL,'A hearing on a Tuesday at four in the afternoon is for pensioners and people who work for the council. Those of us with a job read about it afterwards. And a poster is not a question.');
INSERT INTO "comments" VALUES(4,1,NULL,X'',X'00000002',X'FFFFFFFD',NULL,7,0,1642845840000,NULL,2,NULL,NULL,NULL,NULL,'What the article leaves out is the noise. I live on Tannery Road, second floor, bedroom to the front. They have been testing since October and every tram squeals through the curve at the bottom. Modern trams are supposed to be quiet. A bus with an electric motor would have been quieter, cheaper, and here five years ago.');
INSERT INTO "comments" VALUES(5,1,1,X'0000000000000001',X'0000000100000002',X'FFFFFFFEFFFFFFFD',NULL,6,0,1642846320000,NULL,2,NULL,NULL,NULL,NULL,'I work nights at St Brannoc''s. Until yesterday my way home was a 34-minute bus that took 50 on a bad day, standing, after ten hours on my feet. This morning about eighty people got off the first tram at the hospital stop and gave the driver a round of applause; I got on, and was home by a quarter to ten. I cannot tell you whether it is worth £186 million. I can tell you what it is worth to me.');
INSERT INTO "comments" VALUES(6,1,3,X'000000000000000100000000000000020000000000000003',X'00000001000000010000000100000001',X'FFFFFFFEFFFFFFFEFFFFFFFEFFFFFFFE',NULL,3,0,1642846440000,NULL,2,3,'Desmond Varley','A hearing on a Tuesday at four in the afternoon is for pensioners',1,'I had a job then too: shifts at the bakery, up at three. I went to the second one, which began at *seven in the evening*. About two hundred people came, and a good third of them spoke against the line. The minutes are [still online](https://example.com/aldermouth/minutes/2014-11-20) if you would like to see what was said.

You can think the tram is a mistake without pretending it was decided in secret.');
INSERT INTO "comments" VALUES(7,1,4,X'0000000000000004',X'0000000200000001',X'FFFFFFFDFFFFFFFE',NULL,8,0,1642846440000,NULL,2,NULL,NULL,NULL,NULL,'The squeal in the curve is real, I hear it as well, from the other side of the road. But it has a cause and a cure: new rails need some weeks to wear in, and where that is not enough they fit *lubricators*. It is worth reporting. There is a form on the transport office''s page, and when I used it in December somebody rang me back within three days.');
INSERT INTO "comments" VALUES(8,1,5,X'00000000000000010000000000000005',X'000000010000000200000001',X'FFFFFFFEFFFFFFFDFFFFFFFE',NULL,4,0,1642852860000,NULL,2,NULL,NULL,NULL,NULL,'With respect, that is one person''s commute. I could write you an equally touching story about my mother-in-law, who can no longer park within half a mile of her dentist. Public money should be spent on numbers, not on anecdotes.');
INSERT INTO "comments" VALUES(9,1,6,X'0000000000000001000000000000000200000000000000030000000000000006',X'0000000100000001000000010000000100000001',X'FFFFFFFEFFFFFFFEFFFFFFFEFFFFFFFEFFFFFFFE',NULL,4,0,1642853040000,NULL,2,NULL,NULL,NULL,NULL,'Two hundred out of ninety thousand. Some mandate. The fact is that these things are decided long before the hall is booked, and the evening is there so that everybody can say they were heard.');
INSERT INTO "comments" VALUES(10,1,NULL,X'',X'00000003',X'FFFFFFFC',NULL,11,0,1642854660000,NULL,2,NULL,NULL,NULL,NULL,'I had the stationer''s at 52 Fuller Street. I am one of the eleven.

I want to be fair. The street looks better today than it has in all my life, and I do not doubt that whoever rents my rooms now will do well there. But I would ask you to look at how it was done:

- We were told eight months. It was twenty-eight.
- Compensation was reckoned from the turnover of the *previous* year, which after the first winter was already a year behind a fence.
- Payment came, on average, seven months after the application. A small shop does not have seven months.

None of that had to do with the sewer. It was decided in an office, by people whose salary arrived on the first of the month.

If the harbour extension is built, let the town pay shopkeepers **in advance** and settle the difference later. Then I would even vote for it. As it stands, I read about the brass band and find that I cannot laugh about the trombone.');
INSERT INTO "comments" VALUES(11,1,7,X'00000000000000040000000000000007',X'000000020000000100000001',X'FFFFFFFDFFFFFFFEFFFFFFFE',NULL,7,0,1642854780000,NULL,2,NULL,NULL,NULL,NULL,'I filled in that form twice. Nobody rang me. Perhaps they only ring people who like trams.');
INSERT INTO "comments" VALUES(12,1,4,X'0000000000000004',X'0000000200000002',X'FFFFFFFDFFFFFFFD',NULL,9,0,1642856760000,NULL,2,4,'R. Pettibone','A bus with an electric motor would have been quieter, cheaper, and here five years ago.',1,'I was an engineer with a bus company for thirty-one years, and I would have loved this to be true. We tried electric buses on a route much like this one, so please take what follows as experience and not as preaching.

A long articulated bus takes a hundred people if they are fond of each other. One of these trams takes 210. At 23,000 passengers a day, most of them in four hours, buses would have to leave every three minutes, and then they stop being a service and become a queue.

Drivers are the larger part of what a bus costs, not the vehicle and not the fuel. A tram every seven and a half minutes needs about a third as many drivers for the same people. We could not find enough drivers in 2010, and nobody I know finds it easier today.

On the price you have a point. Buses would have been cheaper to *begin* with, by a wide margin, and had the council expected only 15,000 passengers I would have advised them to buy buses and spend the rest on a proper bus lane.

On noise, I think we would both be right, at different hours. At a stop an electric bus is quieter. In motion, at forty, what you hear is tyres, and there the rail does better, except in a badly ground curve, and yours is a badly ground curve. Mr Abara is right about the cure.

So insist on it. Write down the times, give the number of the car, and send it to the operator *and* to your councillor. A squealing curve is a fault with a name and a budget line, and it gets repaired for those who keep asking.');
INSERT INTO "comments" VALUES(13,1,12,X'0000000000000004000000000000000C',X'000000020000000200000001',X'FFFFFFFDFFFFFFFDFFFFFFFE',NULL,10,0,1642857420000,NULL,2,NULL,NULL,NULL,NULL,'Thank you for this, I learned more from it than from the whole brochure. One question: do the 210 include people standing, and at how many per square metre? Brochures tend to be optimistic about that.');
INSERT INTO "comments" VALUES(14,1,8,X'000000000000000100000000000000050000000000000008',X'00000001000000020000000100000001',X'FFFFFFFEFFFFFFFDFFFFFFFEFFFFFFFE',NULL,6,0,1642865160000,NULL,2,NULL,NULL,NULL,NULL,'Fair enough, numbers then. There are 3,100 of us and 640 parking spaces, so at least 2,460 people come some other way, every day, for the next thirty years. It is in the article.

And if your mother-in-law''s dentist is the one on Fuller Street: the stop is *right outside the door*, and the tram is free until the end of the month. I hope she gives it a try.');
INSERT INTO "comments" VALUES(15,1,10,X'000000000000000A',X'0000000300000001',X'FFFFFFFCFFFFFFFE',NULL,12,0,1642898280000,NULL,2,NULL,NULL,NULL,NULL,'Bought my school things from you, every August, and later my daughter''s. I am sorry. I did not come often enough when the fence was up, and I suspect many here could say the same.');
INSERT INTO "comments" VALUES(16,1,NULL,X'',X'00000004',X'FFFFFFFB',NULL,14,0,1642907340000,NULL,2,NULL,NULL,NULL,NULL,'"Being looked at." Just walked home 50 minutes from the station in the rain next to a brand new tram line. Please look faster.');
INSERT INTO "comments" VALUES(17,1,6,X'0000000000000001000000000000000200000000000000030000000000000006',X'0000000100000001000000010000000100000002',X'FFFFFFFEFFFFFFFEFFFFFFFEFFFFFFFEFFFFFFFD',NULL,5,0,1642935960000,NULL,2,NULL,NULL,NULL,NULL,'Do the minutes say anything about the weight limit on the old Quay Bridge? I have always wondered whether it had to be rebuilt for the tram or would have had to be rebuilt anyway. Makes quite a difference to the sum.');
INSERT INTO "comments" VALUES(18,1,10,X'000000000000000A',X'0000000300000002',X'FFFFFFFCFFFFFFFD',NULL,13,0,1642936200000,NULL,2,NULL,NULL,NULL,NULL,'Paying in advance is what they did where I lived before: a fixed sum for each metre of shop window, every month from the first day of works, and the accounts were settled at the end. It cost less than the lawsuits had cost the time before. Would you be willing to say this at the hearing in February? It carries more weight from you than from any of us.');
INSERT INTO "comments" VALUES(19,1,NULL,X'',X'00000005',X'FFFFFFFA',NULL,15,0,1642945500000,NULL,2,NULL,NULL,NULL,NULL,'We took the children yesterday, end to end and back, and it was lovely, if rather crowded. Two practical questions that I could not find answered anywhere:

1. Where does one stand with a *double* pushchair? The space by the second door was taken by bicycles all the way.
2. Is there a toilet at the hospital stop, or only inside the hospital?

If anybody from the transport office reads along: the announcements are very clear, and the display inside was correct to the minute. Whoever made that deserves a share of the praise.');
INSERT INTO "comments" VALUES(20,1,9,X'00000000000000010000000000000002000000000000000300000000000000060000000000000009',X'000000010000000100000001000000010000000100000001',X'FFFFFFFEFFFFFFFEFFFFFFFEFFFFFFFEFFFFFFFEFFFFFFFE',NULL,3,0,1642954080000,NULL,2,NULL,NULL,NULL,NULL,'Then come to the one about the harbour extension, before it is decided. It is on 17 February at 18:30, I looked it up, and I will keep a seat free for you. I mean that kindly: the people who complained loudest in 2014 are the reason there is a stop at the Millfield estate at all. It was not in the first plan.');
CREATE TABLE discussion_seqs (
    discussion INTEGER PRIMARY KEY REFERENCES discussions (id),
    seq INTEGER NOT NULL,
    comment_count INTEGER NOT NULL,
    roots_numbered INTEGER NOT NULL,
    last_comment_at INTEGER,
    active_at INTEGER NOT NULL
) STRICT;
INSERT INTO "discussion_seqs" VALUES(1,2,20,5,1642954080000,1642954080000);
CREATE TABLE discussions (
    id INTEGER PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    url TEXT NOT NULL,
    channels TEXT NOT NULL,
    state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 2),
    created_at INTEGER NOT NULL,
    stamp INTEGER NOT NULL,
    article TEXT NOT NULL
) STRICT;
INSERT INTO "discussions" VALUES(1,'tram-line','After sixty years, the tram is back in Aldermouth','https://example.com/aldermouth/tram-line','[{"name":"Newsletter","url":"https://example.com/newsletter"},{"name":"Mastodon","url":"https://example.com/@aldermouth_courier"},{"name":"RSS","url":"https://example.com/feed.xml"}]',0,1642831200000,1,'Shortly before five this morning, car 4 left the depot at Millfield with its lights on and nobody aboard. It was the last empty run. From nine o''clock today, for the first time since 1961, trams carry passengers through Aldermouth.

The new Line 1 runs 7.4 kilometres from Central Station over the rebuilt Quay Bridge to St Brannoc''s Hospital. It has 13 stops, and a tram every seven and a half minutes on weekdays, every fifteen in the evening. The ride from end to end takes 19 minutes. The 21 bus, which it replaces, was timetabled for 34.

## Late, and dearer than promised

The council approved the line in 2015 at a price of £165 million, to open in the summer of 2020. It has cost £186 million and opens eighteen months late. Most of the extra money, according to the auditors'' report of last November, lies under Fuller Street, where the builders met a brick sewer that no map showed.

Not everybody is in a mood to celebrate. The traders of Fuller Street worked behind fences for two years and four months. Eleven shops closed in that time; nine of them are let again. On the same stretch, 214 parking spaces gave way to the tracks and to wider pavements.

"We were told eight months," says Lorna Quill, who has sold hardware at number 38 since 1994. "I am glad it is finished. I will be gladder when I see who gets off at my stop."

## What the town gets for it

Mayor Ewan Tallis took the first press ride on Thursday and would not be drawn into an apology for the delay.

> A bus route can be moved with a pot of paint. Rails are a promise: they tell a family, or a firm, that this connection will still be here in thirty years.

The transport office expects 23,000 passengers on a working day by the end of 2023. The old bus carried 14,500. Whether that is realistic will be known soon enough, because the doors count everyone who boards, and the figures are to be published each month.

For passengers, these points matter in the first weeks:

- **Fares:** a single costs £2.40, a day ticket £5.20, and both are valid on all town buses. Until 31 January the tram is free.
- **Access:** all 13 stops have level boarding and a tactile edge. The lifts at Central Station will not be ready before April.
- **Night service:** the last trams leave at 00:20. A later service on Friday and Saturday is "being looked at".
- **Bicycles:** two per tram, outside the rush hours only.

## The hospital at the end of the line

Nowhere was the opening awaited as keenly as at St Brannoc''s, with 3,100 staff and 640 parking spaces. On a usual weekday the car park is full by 7:40, and patients circle it. "People miss appointments because they cannot get rid of their car," says Dr Amara Voss, the deputy medical director. From March her hospital will print the nearest stop on every appointment letter.

To make room for the tracks, 96 trees were felled along Tannery Road. In return, 340 young ones were planted, most of them in the new Millfield park. It will be twenty years before they give the same shade.

## What comes next

An extension to the harbour, another 2.1 kilometres, exists on paper. The council decides in October whether to pay for the detailed plans, and by then it will have eight months of figures from Line 1. Those who want to look at the drawings find them [in the town library and online](https://example.com/aldermouth/harbour-extension).

The first public tram leaves Central Station at nine. The brass band of the transport office, we are told, has room for one more trombone.');
CREATE TABLE history (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    epoch TEXT NOT NULL,
    commits INTEGER NOT NULL
) STRICT;
INSERT INTO "history" VALUES(1,'xcjraqpp3e',3);
CREATE TABLE idempotency_keys (
    account INTEGER NOT NULL REFERENCES accounts (id),
    key TEXT NOT NULL,
    request_hash BLOB NOT NULL,
    comment INTEGER REFERENCES comments (id),
    discussion INTEGER REFERENCES discussions (id),
    created INTEGER NOT NULL CHECK (created IN (0, 1)),
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    PRIMARY KEY (account, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE import_ids (
    kind INTEGER NOT NULL CHECK (kind IN (0, 1)),
    source TEXT NOT NULL,
    discussion TEXT NOT NULL,
    id TEXT NOT NULL,
    target INTEGER NOT NULL,
    PRIMARY KEY (kind, source, discussion, id)
) STRICT, WITHOUT ROWID;
INSERT INTO "import_ids" VALUES(0,'parley','','u1',1);
INSERT INTO "import_ids" VALUES(0,'parley','','u10',10);
INSERT INTO "import_ids" VALUES(0,'parley','','u11',11);
INSERT INTO "import_ids" VALUES(0,'parley','','u12',12);
INSERT INTO "import_ids" VALUES(0,'parley','','u13',13);
INSERT INTO "import_ids" VALUES(0,'parley','','u14',14);
INSERT INTO "import_ids" VALUES(0,'parley','','u15',15);
INSERT INTO "import_ids" VALUES(0,'parley','','u2',2);
INSERT INTO "import_ids" VALUES(0,'parley','','u3',3);
INSERT INTO "import_ids" VALUES(0,'parley','','u4',4);
INSERT INTO "import_ids" VALUES(0,'parley','','u5',5);
INSERT INTO "import_ids" VALUES(0,'parley','','u6',6);
INSERT INTO "import_ids" VALUES(0,'parley','','u7',7);
INSERT INTO "import_ids" VALUES(0,'parley','','u8',8);
INSERT INTO "import_ids" VALUES(0,'parley','','u9',9);
INSERT INTO "import_ids" VALUES(1,'parley','tram-line','c1',1);
INSERT INTO "import_ids" VALUES(1,'parley','tram-line','c10',14);
INSERT INTO "import_ids" VALUES(1,'parley','tram-line','c11',4);
INSERT INTO "import_ids" VALUES(1,'parley','tram-line','c12',7);
INSERT INTO "import_ids" VALUES(1,'parley','tram-line','c13',11);
INSERT INTO "import_ids" VALUES(1,'parley','tram-line','c14',12);
INSERT INTO "import_ids" VALUES(1,'parley','tram-line','c15',13);
INSERT INTO "import_ids" VALUES(1,'parley','tram-line','c16',10);
INSERT INTO "import_ids" VALUES(1,'parley','tram-line','c17',15);
INSERT INTO "import_ids" VALUES(1,'parley','tram-line','c18',18);
INSERT INTO "import_ids" VALUES(1,'parley','tram-line','c19',16);
INSERT INTO "import_ids" VALUES(1,'parley','tram-line','c2',2);
INSERT INTO "import_ids" VALUES(1,'parley','tram-line','c20',19);
INSERT INTO "import_ids" VALUES(1,'parley','tram-line','c3',3);
INSERT INTO "import_ids" VALUES(1,'parley','tram-line','c4',6);
INSERT INTO "import_ids" VALUES(1,'parley','tram-line','c5',9);
INSERT INTO "import_ids" VALUES(1,'parley','tram-line','c6',20);
INSERT INTO "import_ids" VALUES(1,'parley','tram-line','c7',17);
INSERT INTO "import_ids" VALUES(1,'parley','tram-line','c8',5);
INSERT INTO "import_ids" VALUES(1,'parley','tram-line','c9',8);
CREATE TABLE sessions (
    token BLOB PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES accounts (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE tallies (
    comment INTEGER PRIMARY KEY REFERENCES comments (id),
    discussion INTEGER NOT NULL,
    up INTEGER NOT NULL,
    down INTEGER NOT NULL,
    base INTEGER NOT NULL,
    replies INTEGER NOT NULL,
    children_numbered INTEGER NOT NULL,
    stamp INTEGER NOT NULL
) STRICT;
INSERT INTO "tallies" VALUES(1,1,0,0,-12,2,2,2);
INSERT INTO "tallies" VALUES(2,1,0,0,7,1,1,2);
INSERT INTO "tallies" VALUES(3,1,0,0,-14,1,1,2);
INSERT INTO "tallies" VALUES(4,1,0,0,-7,2,2,2);
INSERT INTO "tallies" VALUES(5,1,0,0,8,1,1,2);
INSERT INTO "tallies" VALUES(6,1,0,0,6,2,2,2);
INSERT INTO "tallies" VALUES(7,1,0,0,5,1,1,2);
INSERT INTO "tallies" VALUES(8,1,0,0,-11,1,1,2);
INSERT INTO "tallies" VALUES(9,1,0,0,-10,1,1,2);
INSERT INTO "tallies" VALUES(10,1,0,0,-5,2,2,2);
INSERT INTO "tallies" VALUES(11,1,0,0,-4,0,0,2);
INSERT INTO "tallies" VALUES(12,1,0,0,3,1,1,2);
INSERT INTO "tallies" VALUES(13,1,0,0,0,0,0,2);
INSERT INTO "tallies" VALUES(14,1,0,0,4,0,0,2);
INSERT INTO "tallies" VALUES(15,1,0,0,0,0,0,2);
INSERT INTO "tallies" VALUES(16,1,0,0,0,0,0,2);
INSERT INTO "tallies" VALUES(17,1,0,0,0,0,0,2);
INSERT INTO "tallies" VALUES(18,1,0,0,0,0,0,2);
INSERT INTO "tallies" VALUES(19,1,0,0,0,0,0,2);
INSERT INTO "tallies" VALUES(20,1,0,0,1,0,0,2);
CREATE TABLE votes (
    comment INTEGER NOT NULL REFERENCES comments (id),
    account INTEGER NOT NULL REFERENCES accounts (id),
    discussion INTEGER NOT NULL,
    value INTEGER NOT NULL CHECK (value IN (-1, 1)),
    PRIMARY KEY (comment, account)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX accounts_by_name_key ON accounts (name_key) WHERE name_key <> '';
CREATE INDEX sessions_by_account ON sessions (account);
CREATE INDEX sessions_by_end ON sessions (expires_at);
CREATE INDEX discussions_by_activity ON discussion_seqs (active_at);
CREATE INDEX comments_shown_oldest ON comments (discussion, oldest_key) WHERE state = 0;
CREATE INDEX comments_shown_newest ON comments (discussion, newest_key) WHERE state = 0;
CREATE INDEX comments_shown_children ON comments (parent, oldest_key)
    WHERE state = 0 AND parent IS NOT NULL;
CREATE INDEX comments_by_stamp ON comments (discussion, stamp);
CREATE INDEX comments_by_author ON comments (author, discussion);
CREATE INDEX comments_quoting ON comments (quote_comment) WHERE quote_verified = 1;
CREATE INDEX tallies_by_stamp ON tallies (discussion, stamp) WHERE stamp > 0;
CREATE INDEX votes_by_account ON votes (account, discussion);
CREATE INDEX idempotency_keys_by_end ON idempotency_keys (expires_at)
    WHERE expires_at IS NOT NULL;
COMMIT;
