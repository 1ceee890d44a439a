//! The example `explain`: its command line, and its drawing.
//!
//! `EINSUM_BLESS=1 cargo test --test explain` draws `explain/bilinear.svg` anew: look at it.

#[allow(dead_code, reason = "the example has more parts than are tested here")]
#[path = "../examples/explain/main.rs"]
mod example;

use einsum_spec::path::Strategy;
use example::arguments::Arguments;
use std::fs;

fn parse(words: &[&str]) -> Result<Option<Arguments>, Vec<String>> {
    Arguments::parse(words.iter().map(ToString::to_string))
}

fn explain(words: &[&str]) -> Result<example::Explanation, String> {
    let arguments = parse(words).expect("the words are right").expect("no help is asked for");
    example::explain(&arguments).map_err(|error| error.to_string())
}

#[test]
fn shapes_and_options() {
    let words = ["ij,,jk", "2x3", "-", "3×4", "--path", "greedy", "--memory-limit=100", "--svg", "a.svg"];
    let arguments = parse(&words).expect("the words are right").expect("no help is asked for");
    assert_eq!(arguments.shapes, [&[2, 3][..], &[], &[3, 4]]);
    assert_eq!(arguments.options.strategy, Strategy::Greedy);
    assert_eq!(arguments.options.memory_limit, Some(100));
    assert_eq!(arguments.svg.as_deref(), Some("a.svg".as_ref()));
    assert!(parse(&["--help"]).expect("the words are right").is_none());
    assert_eq!(
        parse(&["->", "-"]).expect("the words are right").map(|found| found.shapes),
        Some(vec![vec![]])
    );
}

#[test]
fn every_mistake_has_a_message() {
    let cases: [(&[&str], &[&str]); 7] = [
        (&[], &["there are no subscripts and no shapes; --help tells what to write"]),
        (
            &["ij,jk->il", "2x3", "3x4"],
            &[
                "output label `l` does not occur in any operand\n\n    ij,jk->il\n            ^\nhelp: the operands have `i`, `j`, `k`",
            ],
        ),
        (&["ij,jk->ik", "2x3"], &["1 operand for 2 terms: this term has none\n\n    ij,jk->ik\n       ^^"]),
        (
            &["i%", "2xa", "--path", "best", "--memory-limit", "-3"],
            &[
                "cannot parse argument \"best\": --path is optimal, greedy or left",
                "cannot parse argument \"-3\": --memory-limit is a number of elements, such as 1000000",
                "`%` is not a label: labels are letters\n\n    i%\n     ^",
                "shape of operand 0, `2xa`: `a` is no extent; a shape is written 10x200, that of a scalar -",
            ],
        ),
        (
            &["ij", "2x"],
            &[
                "shape of operand 0, `2x`: an extent is missing; a shape is written 10x200, that of a scalar -",
            ],
        ),
        (
            &["i", "99999999999999999999"],
            &[
                "shape of operand 0, `99999999999999999999`: 99999999999999999999 is more than an array can have",
            ],
        ),
        (&["i", "2", "--order"], &["invalid option '--order'"]),
    ];
    for (words, messages) in cases {
        assert_eq!(parse(words).expect_err("there is a mistake"), messages, "{words:?}");
    }
}

#[test]
fn shapes_that_do_not_fit_have_the_words_of_einsum() {
    let message = |words: &[&str]| explain(words).err();
    assert_eq!(
        message(&["ij,jk->ik", "2x3", "4x5"]).as_deref(),
        Some(
            "einsum \"ij,jk->ik\": index `j` has extent 3 in operand 0 (axis 1) but extent 4 in operand 1 (axis 0)"
        ),
    );
    assert_eq!(
        message(&["...ij,jk->...ik", "3", "3x4"]).as_deref(),
        Some(
            "einsum \"...ij,jk->...ik\": operand 0 has 1 axis, but its term has 2 labels and `...`, which stands for the other axes"
        ),
    );
}

#[test]
fn the_way_to_look_for_a_path_is_as_asked() {
    let chain = ["ij,jk,kl->il", "10x200", "200x10", "10x30"];
    let count = |more: &[&str]| {
        let words = [&chain[..], more].concat();
        explain(&words).expect("the shapes fit").report.flop_count()
    };
    assert_eq!((count(&[]), count(&["--path", "optimal"])), (46_000, 46_000));
    let turned = ["ij,jk,kl->il", "30x10", "10x200", "200x10"];
    let left = explain(&[&turned[..], &["--path", "left"]].concat()).expect("the shapes fit");
    assert_eq!(left.report.path(), [[0, 1], [0, 1]]);
    assert_eq!(left.report.flop_count(), 240_000);
}

// A hyper-edge of the output, a double line, a scalar, a lone index, an axis of one element.
const BILINEAR: [&str; 6] = ["bn,anm,bm,,lmx->ba", "128x64", "32x64x64", "128x64", "-", "7x64x1"];

#[test]
fn the_drawing_is_the_same_every_time() {
    let explanation = explain(&BILINEAR).expect("the shapes fit");
    let drawn = example::picture::draw(&explanation);
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/explain/bilinear.svg");
    if std::env::var_os("EINSUM_BLESS").is_some() {
        fs::write(golden, &drawn).expect("the folder of golden files can be written");
    }
    assert!(drawn == fs::read_to_string(golden).unwrap_or_default(), "the drawing differs from {golden}");
}

// Every operand, index and step is in the drawing, whatever the network.
#[test]
fn the_drawing_shows_everything() {
    let networks: [&[&str]; 5] = [
        &["->", "-"],
        &["ij->ji", "2x3"],
        &["ii,i,i,jj->j", "5x5", "5", "5", "3x3"],
        &["...ij,...jk,kl->...il", "2x3x4x5", "3x5x6", "6x7"],
        &["αβ,β日,日->α", "2x3", "3x4", "4"],
    ];
    for words in networks {
        let explanation = explain(words).expect("the shapes fit");
        let drawn = example::picture::draw(&explanation);
        for (n, step) in explanation.report.steps().iter().enumerate() {
            let subscripts = step.subscripts.replace('>', "&gt;");
            assert!(drawn.contains(&format!("\n{subscripts}\n")), "step {n} of {words:?}: {drawn}");
        }
        for id in explanation.spec.ids().filter(|&id| explanation.extent(id) != 1) {
            assert!(drawn.contains(&format!("\n{}\n", explanation.name(id))), "{id:?} of {words:?}: {drawn}");
        }
        assert!(!drawn.contains("NaN") && !drawn.contains("inf"), "{words:?}: {drawn}");
    }
}
