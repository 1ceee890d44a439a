//! What the fuzzers of `fuzz/` do, without them: the inputs that they have found, and some that nobody has chosen.

#[path = "fuzzed/parse.rs"]
mod parse;
#[path = "fuzzed/plan.rs"]
mod plan;

use proptest::prelude::*;
use std::{fs, path::Path, time::Instant};

/// All files that are kept for a fuzzer. A package that was taken out of the repository has none.
fn kept(fuzzer: &str) -> Vec<Vec<u8>> {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
    let mut files = Vec::new();
    for folder in ["corpus", "regressions"] {
        let Ok(entries) = fs::read_dir(fuzz.join(folder).join(fuzzer)) else { continue };
        files.extend(entries.map(|entry| fs::read(entry.expect("an entry").path()).expect("a file")));
    }
    assert!(!fuzz.exists() || !files.is_empty(), "nothing is kept for {fuzzer}");
    files
}

#[test]
fn kept_texts() {
    kept("fuzz_parse").iter().for_each(|bytes| parse::parse(bytes));
}

#[test]
fn kept_networks() {
    kept("fuzz_plan").iter().for_each(|bytes| plan::plan(bytes));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_network(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
        plan::plan(&bytes);
    }
}

/// Texts of 64 KiB whose time or messages would be the square of their length if anything looked at all of them at every place.
#[test]
fn long_texts() {
    // Letters that are different from each other: three bytes each.
    let letters: String = ('\u{4e00}'..).take(21_000).collect();
    let half: String = letters.chars().take(10_000).collect();
    let reversed: String = half.chars().rev().collect();
    let chars: Vec<char> = letters.chars().collect();
    let chain = |count: usize| -> String {
        chars.windows(2).take(count).map(|pair| format!("({}+{})", pair[0], pair[1])).collect()
    };
    let sum = |letters: &str| {
        let summands: Vec<String> = letters.chars().map(String::from).collect();
        format!("({})", summands.join("+"))
    };
    let long = 64 << 10;
    let texts = [
        "a".repeat(long),
        ",".repeat(long),
        "a,".repeat(long / 2),
        "(".repeat(long),
        ")".repeat(long),
        "()".repeat(long / 2),
        format!("{}{}", "(".repeat(long / 2), ")".repeat(long / 2)),
        format!("{}(a+b)", "(".repeat(long - 5)),
        "(a".repeat(long / 2),
        "...".repeat(long / 3),
        "...a".repeat(long / 4),
        format!("{}{}", "a".repeat(long / 2), "...b".repeat(long / 8)),
        ". ".repeat(long / 2),
        ".. ,".repeat(long / 4),
        "->".repeat(long / 2),
        "- ".repeat(long / 2),
        "-a".repeat(long / 2),
        format!("a-{}", " ".repeat(long - 2)),
        "%$".repeat(long / 2),
        "1a".repeat(long / 2),
        "9".repeat(long),
        "e\u{301}".repeat(long / 3),
        "\u{202e}a".repeat(long / 4),
        letters.clone(),
        format!("{half}->{half}"),
        format!("{half}->{reversed}"),
        format!("a->{letters}"),
        format!("a->{half}{half}"),
        format!("ab->{}{}", "a".repeat(long / 2), "b".repeat(long / 2 - 10)),
        format!("{half},{reversed}->"),
        format!("{half},{reversed}"),
        "(a+b)".repeat(long / 5),
        "(2a)".repeat(long / 4),
        "(0a+0b)".repeat(long / 7),
        "(a+a)".repeat(long / 5),
        format!("({}a)", "a+".repeat(long / 2 - 2)),
        format!("({}a)", "0a+".repeat(long / 3 - 2)),
        sum(&letters.chars().take(16_000).collect::<String>()),
        sum(&format!("{}{}", &half[..24_000], &half[..24_000])),
        // Each sum gives the next one its extent: from the first one on, or from the last one.
        format!("{},{}", chars[0], chain(7_000)),
        format!("{},{}", chars[7_000], chain(7_000)),
        chain(7_000),
        format!("->{}", chain(7_000)),
        "a".repeat(long) + "b",
        "é".repeat(1 << 20),
    ];
    for text in texts {
        for head in [[255, 0], [2, 255]] {
            let start = Instant::now();
            parse::parse(&[&head[..], text.as_bytes()].concat());
            let time = start.elapsed();
            let begin: String = text.chars().take(12).collect();
            // It takes a tenth of that without optimisation, and on a busy machine more.
            assert!(time.as_secs() < 10, "{begin:?}… of {} bytes takes {time:?}", text.len());
        }
    }
}
