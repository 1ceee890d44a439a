//! Reports stay readable, whatever the text is.

use einsum_spec::{
    check::check,
    parse::{MOST_BYTES, parse},
    report::{Diagnostic, Mistake, Report},
};

fn mistakes(text: &str, operands: usize) -> Vec<Diagnostic> {
    let (subscripts, report) = parse(text);
    check(&subscripts, operands, report).expect_err("the text has mistakes").into_diagnostics(text)
}

#[test]
fn many_mistakes_are_counted() {
    let shown = |count: usize| mistakes(&"%$".repeat(count / 2), 1);
    // One more takes no more room than saying so.
    let most = Report::MOST_SHOWN;
    assert_eq!(shown(most).len(), most);
    let all = mistakes(&("%$".repeat(most / 2) + "%"), 1);
    assert!(all.len() == most + 1 && all.iter().all(|one| matches!(one.mistake, Mistake::NotALabel(_))));
    let many = shown(most + 10);
    assert_eq!(many.len(), most + 1);
    assert_eq!(many[most].mistake, Mistake::More(10));
    assert_eq!(many[most].span.start, most);
    assert!(many[most].to_string().starts_with("from here on there are 10 more mistakes"));
}

#[test]
fn a_long_text_is_shown_in_part() {
    let text = format!("{}%{}", "i".repeat(300), "j".repeat(300));
    let [one] = &mistakes(&text, 1)[..] else { panic!("one mistake") };
    let shown = one.to_string();
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines[2], format!("    …{}%{}…", "i".repeat(60), "j".repeat(99)));
    assert_eq!(lines[3], format!("    {}^", " ".repeat(61)));
    // What is named in the sentence, too.
    let [one] = &mistakes(&("9".repeat(500) + "i"), 1)[..] else { panic!("one mistake") };
    assert!(one.to_string().starts_with(&format!("`{}…` is not a label", "9".repeat(40))));
}

#[test]
fn the_longest_text() {
    let text = "i".repeat(MOST_BYTES);
    let (subscripts, report) = parse(&text);
    assert!(check(&subscripts, 1, report).is_ok());
    // One mistake, and not that there are no operands as well, or too many.
    let [one] = &mistakes(&(text + "i"), 2)[..] else { panic!("one mistake") };
    assert_eq!(one.mistake, Mistake::TooLong(MOST_BYTES + 1));
}

#[test]
fn marks_after_marks_have_a_place() {
    for mistake in mistakes("\u{301}\u{302}a\u{303}", 1) {
        assert!(mistake.to_string().contains('^'));
    }
}
