//! Reports on contractions: what steps are called, terms with an ellipsis, wide labels, and counts beyond all numbers.

use einsum_spec::{
    check,
    explain::{ContractionReport, text},
    parse,
    path::Path,
    plan::Plan,
    spec::{Index, IndexId, Spec},
};

fn spec(text: &str) -> Spec {
    let (subscripts, report) = parse::parse(text);
    let operands = subscripts.terms.len();
    check::check(&subscripts, operands, report).expect("the subscripts are sound")
}

// All in one step.
fn report(text: &str, spec: &Spec, extent: u64) -> ContractionReport {
    let path = Path { steps: vec![(0..spec.operands.len()).collect()] };
    let plan = Plan::lower(spec, &path);
    ContractionReport::new(text, spec, &vec![extent; spec.indices.len()], &path, &plan, 8)
}

#[test]
fn a_step_is_called_by_what_its_indices_do() {
    let names = [
        ("->", "scalar"),
        ("ij->ij", "copy"),
        ("ij->ji", "transpose"),
        ("iij->ij", "diagonal"),
        ("ij->j", "sum"),
        ("ii->", "sum of a diagonal"),
        ("iij->i", "sum of a diagonal"),
        (",->", "scalar"),
        (",ij->ij", "scaling"),
        ("ij,->ji", "scaling"),
        ("i,ij->ij", "batched scaling"),
        ("i,i->i", "element-wise product"),
        ("ij,ji->ij", "element-wise product"),
        ("i,j->ij", "outer product"),
        ("bi,bj->bij", "batched outer product"),
        ("i,i->", "dot"),
        ("bi,bi->b", "batched dot"),
        ("ij,j->i", "matrix-vector"),
        ("xyij,ij->xy", "matrix-vector"),
        ("j,ij->i", "matrix-vector"),
        ("bij,bj->bi", "batched matrix-vector"),
        ("ij,jk->ik", "matrix product"),
        ("bij,bjk->bik", "batched matrix product"),
        ("ij,jk->k", "matrix-vector"),
        ("iij,jk->ik", "diagonal, matrix product"),
        ("i,j->", "scalar"),
        ("i,i,i->", "n-ary loop"),
        ("ii,i,i->", "diagonal, n-ary loop"),
        (",ij,jk->ik", "matrix product"),
        (",,i->i", "copy"),
        (",,->", "scalar"),
    ];
    let wrong = names.iter().filter_map(|&(text, name)| {
        let report = report(text, &spec(text), 3);
        let found = report.steps().last().expect("there is a step").kernel.to_string();
        (found != name).then(|| format!("{text} is `{found}`, not `{name}`"))
    });
    assert_eq!(wrong.collect::<Vec<_>>(), [""; 0]);
}

// For arrays with three axes under the ellipsis: two, one after the other, in the first operand.
#[test]
fn an_ellipsis_is_written_once_if_its_axes_are_together() {
    let [i, e0, e1, e2] = [0, 1, 2, 3].map(IndexId);
    let indices = vec![Index::Label('i'), Index::Ellipsis, Index::Ellipsis, Index::Ellipsis];
    let subscripts = |first: &[IndexId], output: &[IndexId]| {
        let operands = vec![first.to_vec(), vec![e0, e1, e2]];
        let spec = Spec::plain(indices.clone(), operands, output.to_vec());
        report("i...,...->...", &spec, 2).steps()[0].subscripts.clone()
    };
    assert_eq!(subscripts(&[i, e1, e2], &[e0, e1, e2, i]), "i...,...->...i");
    assert_eq!(subscripts(&[e0, e1, e2], &[]), "...,...->");
    assert_eq!(subscripts(&[i], &[e2, i, e0, e1]), "i,...->.2i.0.1");
    assert_eq!(subscripts(&[e2, i, e1], &[e0, i]), ".2i.1,...->.0i");
    assert_eq!(subscripts(&[e1, i, e2], &[e2, i, e1, e0]), ".1i.2,...->.2i.1.0");
}

#[test]
fn columns_stand_under_each_other_whatever_the_labels() {
    let text = "日本,本語->日語";
    let report = report(text, &spec(text), 3).to_string();
    let lines: Vec<&str> = report.lines().collect();
    assert_eq!(lines[10], "step  operands  subscripts       kernel          FLOPs  bytes  remaining");
    assert_eq!(lines[12], "   1  0, 1      日本,本語->日語  matrix product     54     72  日語->日語");
}

#[test]
fn long_texts_lose_their_middle_and_counts_their_digits() {
    let letters: Vec<char> = ('a'..='z').chain('A'..='Z').collect();
    let terms: Vec<String> = letters.windows(2).map(|pair| pair.iter().collect()).collect();
    let text = format!("{}->", terms.join(","));
    let report = report(&text, &spec(&text), 100_000);
    assert_eq!(report.flop_count(), u128::MAX);
    assert!((report.naive_flop_count() / 1e260 - 51.0).abs() < 1e-10);
    let table = report.to_string();
    assert!(table.lines().skip(9).all(|line| line.chars().count() < 200), "{table}");
    assert!(table.contains("Optimised FLOP count:  3.403e+38\n"), "{table}");
    assert!(table.contains("  b,bc,cd,de,ef,fg,gh,hi,i…RS,ST,TU,UV,VW,WX,XY,Y->  "), "{table}");
}

#[test]
fn numbers_are_exact_where_they_are_short() {
    assert_eq!(
        [0, 999_999, 1_000_000, 1_234_567].map(text::count),
        ["0", "999999", "1.000e+06", "1.235e+06"]
    );
    assert_eq!(text::count(u128::from(u64::MAX)), "1.845e+19");
    assert_eq!([text::real(39.1304, 3), text::real(1e100, 3)], ["39.130", "1.000e+100"]);
}
