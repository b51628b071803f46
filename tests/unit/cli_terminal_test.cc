// What a person sees: amounts, bars, tables, and that files cannot write to the terminal.
#include "cli/error.h"
#include "cli/event.h"
#include "cli/terminal.h"
#include "cli/top_table.h"
#include "unit/cli_support.h"

namespace holmes::cli {
namespace {

TEST(Terminal, ControlCharactersAreMadeHarmless) {
  EXPECT_EQ(printable("red\x1b[31m\n\x7f"), "red?[31m??");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "??31m");  // the one-character escape of U+009B
  EXPECT_EQ(printable("Grüße"), "Grüße");
}

TEST(Terminal, AmountsReadLikePprofs) {
  EXPECT_EQ(amount_text(1073741824, "bytes"), "1GB");
  EXPECT_EQ(amount_text(1610612736, "bytes"), "1.50GB");
  EXPECT_EQ(amount_text(512, "bytes"), "512B");
  EXPECT_EQ(amount_text(5020000000, "nanoseconds"), "5.02s");
  EXPECT_EQ(amount_text(-2048, "bytes"), "-2kB");
  EXPECT_EQ(amount_text(0, "bytes"), "0");
  EXPECT_EQ(amount_text(203, "count"), "203");
}

TEST(Terminal, BarsAreInProportion) {
  EXPECT_EQ(bar(50, 100, 10, false), "#####");
  EXPECT_EQ(bar(100, 100, 10, false), "##########");
  EXPECT_EQ(bar(1, 100, 10, false), "#") << "little is not nothing";
  EXPECT_EQ(bar(0, 100, 10, false), "");
  EXPECT_EQ(bar(5, 0, 10, false), "");
  EXPECT_EQ(bar(25, 100, 10, true), "██▌");
}

TEST(Terminal, ValuesHaveTheirUnit) {
  EXPECT_EQ(value_text(83.104, "percent"), "83.1%");
  EXPECT_EQ(value_text(40, "percent"), "40%");
  EXPECT_EQ(value_text(1013, "threads"), "1013");
  EXPECT_EQ(value_text(8.25, "threads"), "8.25");
}

PprofModel recursive() {
  RawProfile raw;
  raw.sample_type("alloc_space", "bytes").sample_type("inuse_space", "bytes");
  raw.location(1, 0, 0x10).location(2, 0, 0x20).location(3, 0, 0x30);
  raw.sample({1, 2, 2, 3}, {10, 1}).sample({2, 3}, {5, 2}).sample({}, {1, 0}).sample({3}, {0, 4});
  return parse_pprof(raw.bytes());
}

TEST(Top, FlatIsTheLeafAndCumCountsASampleOnce) {
  const Top top = top_of(recursive(), "alloc_space");
  EXPECT_EQ(top.total, 16);
  ASSERT_EQ(top.rows.size(), 4u);
  EXPECT_EQ(top.rows[0].function, "0x10");
  EXPECT_EQ(top.rows[0].flat, 10);
  EXPECT_EQ(top.rows[1].function, "0x20");
  EXPECT_EQ(top.rows[1].flat, 5);
  EXPECT_EQ(top.rows[1].cum, 15);
  EXPECT_EQ(top.rows[2].function, "(stack not known)");
  EXPECT_EQ(top.rows[3].function, "0x30");
  EXPECT_EQ(top.rows[3].flat, 0);
  EXPECT_EQ(top.rows[3].cum, 15);
}

TEST(Top, TheLastTypeIsTheDefault) {
  EXPECT_EQ(top_of(recursive(), "").type, "inuse_space");
  EXPECT_EQ(top_of(recursive(), "").total, 7);
}

TEST(Top, AnUnknownTypeIsAnswered) {
  try {
    top_of(recursive(), "space");
    ADD_FAILURE() << "accepted";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "the profile has no values \"space\", only: alloc_space, inuse_space");
  }
}

}  // namespace
}  // namespace holmes::cli
