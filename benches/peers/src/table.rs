//! All workloads. A new one is a row here and, if its subscripts are new, a line in `systems/ndeinsum.rs`.

use crate::element::Dtype::{self, C32, C64, F32, F64, I32, I64};
use crate::subscripts::Subscripts;
use crate::workload::{Bound, Operand, Workload};
use serde_json::Value;
use std::collections::BTreeMap;

/// The workloads of the standard run.
pub fn workloads() -> Vec<Workload> {
    let mut rows = Rows::default();
    for dtype in [F64, F32] {
        windows(&mut rows, dtype);
        layers(&mut rows, dtype);
        affine_windows(&mut rows, dtype);
        affine_layers(&mut rows, dtype);
        matrix_products(&mut rows, dtype);
        batched_products(&mut rows, dtype);
        tccg(&mut rows, dtype);
        contractions(&mut rows, dtype);
        large_results(&mut rows, dtype);
        permutations(&mut rows, dtype);
        streams(&mut rows, dtype);
        many_operands(&mut rows, dtype);
    }
    other_elements(&mut rows);
    rows.0
}

/// Sizes beside the powers of two, where kernels have edges.
pub fn sweep() -> Vec<Workload> {
    let mut rows = Rows::default();
    for dtype in [F64, F32] {
        for n in [17, 31, 33, 63, 65, 100, 255, 257, 1000] {
            let name = |what: &str| format!("sweep-{what}/{}/{n}", dtype.name());
            for (form, subscripts) in FORMS {
                rows.add(
                    format!("{}/{form}", name("matmul")),
                    dtype,
                    subscripts,
                    Bound::Compute,
                    &[&[n, n], &[n, n]],
                );
            }
            rows.operands(name("window"), dtype, "xyij,ij->xy", Bound::Compute, image_and_kernel(n, 3));
            rows.add(name("permute"), dtype, "ij->ji", Bound::Copy, &[&[n, n]]);
            rows.add(name("dot"), dtype, "i,i->", Bound::Read, &[&[n], &[n]]);
            rows.add(name("sum"), dtype, "ij->", Bound::Read, &[&[n, n]]);
            rows.add(name("matvec"), dtype, "ij,j->i", Bound::Read, &[&[n, n], &[n]]);
        }
    }
    rows.0
}

#[derive(Default)]
struct Rows(Vec<Workload>);

impl Rows {
    fn add(&mut self, name: String, dtype: Dtype, subscripts: &str, bound: Bound, shapes: &[&[usize]]) {
        self.operands(
            name,
            dtype,
            subscripts,
            bound,
            shapes.iter().map(|shape| Operand::plain(shape)).collect(),
        );
    }

    /// With the shapes that the labels' extents give.
    fn labelled(
        &mut self,
        name: String,
        dtype: Dtype,
        subscripts: &str,
        bound: Bound,
        extents: &[(&str, usize)],
    ) {
        let extent = |label: &char| {
            let found = extents.iter().find(|(labels, _)| labels.contains(*label));
            found.expect("each label of a row has an extent").1
        };
        let terms = Subscripts::new(subscripts).operands;
        let shapes = terms.iter().map(|term| term.iter().map(extent).collect::<Vec<_>>());
        self.operands(name, dtype, subscripts, bound, shapes.map(|shape| Operand::plain(&shape)).collect());
    }

    fn operands(
        &mut self,
        name: String,
        dtype: Dtype,
        subscripts: &str,
        bound: Bound,
        operands: Vec<Operand>,
    ) {
        let subscripts = subscripts.to_owned();
        self.0.push(Workload { name, dtype, subscripts, operands, bound, into: false, affine: None });
    }

    /// With windows for the peers, and by affine axes in ndeinsum.
    fn affine(
        &mut self,
        name: String,
        dtype: Dtype,
        (affine, subscripts): (&str, &str),
        operands: Vec<Operand>,
    ) {
        self.operands(name, dtype, subscripts, Bound::Compute, operands);
        self.0.last_mut().expect("just added").affine = Some(affine.to_owned());
    }
}

/// The forms of a matrix product, `t` for an operand whose contracted axis is where a plain one has the free axis.
const FORMS: [(&str, &str); 4] =
    [("nn", "ij,jk->ik"), ("nt", "ij,kj->ik"), ("tn", "ji,jk->ik"), ("tt", "ji,kj->ik")];

fn image_and_kernel(pixels: usize, kernel: usize) -> Vec<Operand> {
    vec![Operand::windows(&[pixels, pixels], [0, 1], [kernel, kernel]), Operand::plain(&[kernel, kernel])]
}

fn windows(rows: &mut Rows, dtype: Dtype) {
    for pixels in [28, 256, 1024] {
        for kernel in [3, 5] {
            let name = format!("window/{}/{pixels}/{kernel}x{kernel}", dtype.name());
            rows.operands(name, dtype, "xyij,ij->xy", Bound::Compute, image_and_kernel(pixels, kernel));
        }
    }
}

/// A convolution layer with 3×3 filters, forward, and the gradient of its filters.
fn layers(rows: &mut Rows, dtype: Dtype) {
    for (n, i, o, pixels) in [(1, 8, 8, 14), (32, 3, 16, 28), (32, 16, 32, 28)] {
        let name = |pass: &str| format!("layer/{}/n{n}i{i}o{o}p{pixels}/{pass}", dtype.name());
        let outputs = pixels - 2;
        let forward =
            vec![Operand::windows(&[n, i, pixels, pixels], [2, 3], [3, 3]), Operand::plain(&[o, i, 3, 3])];
        rows.operands(name("forward"), dtype, "nijkde,oide->nojk", Bound::Compute, forward);
        let gradient = vec![
            Operand::windows(&[n, i, pixels, pixels], [2, 3], [outputs, outputs]),
            Operand::plain(&[n, o, outputs, outputs]),
        ];
        rows.operands(name("gradient"), dtype, "nijkde,node->oijk", Bound::Compute, gradient);
    }
}

/// The same by affine axes, and larger kernels.
fn affine_windows(rows: &mut Rows, dtype: Dtype) {
    for pixels in [28, 256, 1024] {
        for kernel in [3, 5, 9] {
            let name = format!("affine-window/{}/{pixels}/{kernel}x{kernel}", dtype.name());
            let texts = ("(x+i)(y+j),ij->xy", "xyij,ij->xy");
            rows.affine(name, dtype, texts, image_and_kernel(pixels, kernel));
        }
    }
}

/// Convolution layers with 3×3 filters, channels last and first, plain, with stride two and with dilation two.
fn affine_layers(rows: &mut Rows, dtype: Dtype) {
    const LAST: &str = "nxycij,ijco->nxyo";
    const FIRST: &str = "ncxyij,ocij->noxy";
    for (n, c, o, pixels) in [(1, 8, 8, 14), (32, 16, 32, 28), (8, 64, 64, 56)] {
        for (variant, spread, last, first) in [
            ("plain", [1, 1], "n(x+i)(y+j)c,ijco->nxyo", "nc(x+i)(y+j),ocij->noxy"),
            ("stride", [2, 1], "n(2x+i)(2y+j)c,ijco->nxyo", "nc(2x+i)(2y+j),ocij->noxy"),
            ("dilation", [1, 2], "n(x+2i)(y+2j)c,ijco->nxyo", "nc(x+2i)(y+2j),ocij->noxy"),
        ] {
            let name = |order: &str| {
                format!("affine-layer/{}/n{n}c{c}o{o}p{pixels}/{order}/{variant}", dtype.name())
            };
            let images = Operand::spread_windows(&[n, pixels, pixels, c], [1, 2], [3, 3], spread);
            rows.affine(name("last"), dtype, (last, LAST), vec![images, Operand::plain(&[3, 3, c, o])]);
            let images = Operand::spread_windows(&[n, c, pixels, pixels], [2, 3], [3, 3], spread);
            rows.affine(name("first"), dtype, (first, FIRST), vec![images, Operand::plain(&[o, c, 3, 3])]);
        }
    }
}

fn matrix_products(rows: &mut Rows, dtype: Dtype) {
    let dtype_name = dtype.name();
    for n in [256, 512, 1024, 2048] {
        for (form, subscripts) in FORMS {
            let name = format!("matmul/{dtype_name}/{n}/{form}");
            rows.add(name, dtype, subscripts, Bound::Compute, &[&[n, n], &[n, n]]);
        }
    }
    for n in [4, 8, 16, 32, 64] {
        for into in [false, true] {
            let name = format!("small/{dtype_name}/{n}/{}", if into { "into" } else { "fresh" });
            rows.add(name, dtype, "ij,jk->ik", Bound::Compute, &[&[n, n], &[n, n]]);
            rows.0.last_mut().expect("just added").into = into;
        }
    }
}

fn batched_products(rows: &mut Rows, dtype: Dtype) {
    for (batch, n) in [(64, 32), (8, 256)] {
        let name = format!("batched/{}/{batch}x{n}", dtype.name());
        rows.add(name, dtype, "bij,bjk->bik", Bound::Compute, &[&[batch, n, n], &[batch, n, n]]);
    }
    let extents = [("b", 2), ("qk", 256), ("h", 8), ("d", 64)];
    let name = format!("batched/{}/inside", dtype.name());
    rows.labelled(name, dtype, "ijb,jkb->ikb", Bound::Compute, &[("b", 1024), ("ijk", 8)]);
    let name = format!("batched/{}/attention", dtype.name());
    rows.labelled(name, dtype, "bqhd,bkhd->bhqk", Bound::Compute, &extents);
}

/// The contractions of TCCG, made smaller.
fn tccg(rows: &mut Rows, dtype: Dtype) {
    let file: Value = serde_json::from_str(include_str!("../tccg24.json")).expect("the file is JSON");
    for case in file["cases"].as_array().expect("`cases` is a list") {
        let text = |key: &str| case[key].as_str().expect("names and subscripts are texts");
        let extents: BTreeMap<String, u64> =
            serde_json::from_value(case["extents"].clone()).expect("extents are numbers");
        let extents: Vec<(&str, usize)> =
            extents.iter().map(|(label, extent)| (label.as_str(), *extent as usize)).collect();
        let extents = scaled(text("subscripts"), &extents);
        let name = format!("tccg/{}/{}", dtype.name(), text("tccg"));
        rows.labelled(name, dtype, text("subscripts"), Bound::Compute, &extents);
    }
}

/// Shrinks the extents until the largest tensor has 64 MB at most in `f64` and the work is 8 GFLOP: a run of all has to end.
/// Extents of 24 and less are short on purpose and stay, where there are others. All stay multiples of 4, as TCCG's are.
fn scaled<'a>(subscripts: &str, extents: &[(&'a str, usize)]) -> Vec<(&'a str, usize)> {
    let terms = Subscripts::new(subscripts);
    let longest = extents.iter().map(|(_, extent)| *extent).max().unwrap_or(0);
    let stay = if longest > 24 { 24 } else { 0 };
    let shrunk = |percent: usize| -> Vec<(&'a str, usize)> {
        let shrink =
            |extent: usize| if extent <= stay { extent } else { (extent * percent / 400 * 4).max(8) };
        extents.iter().map(|&(label, extent)| (label, shrink(extent))).collect()
    };
    let fits = |extents: &Vec<(&str, usize)>| {
        let extent = |label: &char| {
            extents.iter().find(|(other, _)| other.contains(*label)).map_or(1, |(_, extent)| *extent)
        };
        let elements = |term: &Vec<char>| term.iter().map(extent).product::<usize>();
        let largest = terms.operands.iter().chain([&terms.output]).map(elements).max().unwrap_or(0);
        let multiply_adds: usize = extents.iter().map(|(_, extent)| extent).product();
        largest * 8 <= 64_000_000 && multiply_adds * 2 <= 8_000_000_000
    };
    (1..=100).rev().map(shrunk).find(fits).expect("the smallest extents fit")
}

fn contractions(rows: &mut Rows, dtype: Dtype) {
    for (subscripts, n) in [
        ("abcde,efbad->cf", 20),
        ("aebf,dfce->abcd", 32),
        ("dbea,ec->abcd", 48),
        ("ea,ebcd->abcd", 48),
        // Another time, larger, among the large results.
        ("dega,gfbc->abcdef", 12),
        ("ecbfa,fd->abcde", 20),
    ] {
        let name = format!("contraction/{}/{subscripts}", dtype.name());
        rows.labelled(name, dtype, subscripts, Bound::Compute, &[("abcdefg", n)]);
    }
}

/// Results that come from the system page by page, 32 MiB and more in `f64`.
fn large_results(rows: &mut Rows, dtype: Dtype) {
    let dtype_name = dtype.name();
    for n in [2048, 4096] {
        rows.add(format!("large/{dtype_name}/outer/{n}"), dtype, "i,j->ij", Bound::Copy, &[&[n], &[n]]);
        let shapes: [&[usize]; 2] = [&[n, n], &[n, n]];
        rows.add(format!("large/{dtype_name}/hadamard/{n}"), dtype, "ij,ij->ij", Bound::Copy, &shapes);
    }
    let name = format!("large/{dtype_name}/dega,gfbc->abcdef");
    rows.labelled(name, dtype, "dega,gfbc->abcdef", Bound::Copy, &[("abcdefg", 16)]);
}

fn permutations(rows: &mut Rows, dtype: Dtype) {
    for (subscripts, extents) in [
        ("ij->ji", &[64, 256, 1000, 1024, 2048, 4096][..]),
        ("abc->cba", &[40, 100, 256]),
        ("abc->bca", &[40, 100, 256]),
        ("abc->acb", &[40, 100, 256]),
        ("abcd->dcba", &[16, 32, 64]),
        ("abcd->cdab", &[16, 32, 64]),
        ("abcd->badc", &[16, 32, 64]),
        ("abcde->edcba", &[9, 16, 27]),
        ("abcde->ecabd", &[9, 16, 27]),
    ] {
        for &n in extents {
            let name = format!("permute/{}/{subscripts}/{n}", dtype.name());
            rows.labelled(name, dtype, subscripts, Bound::Copy, &[("abcdeij", n)]);
        }
    }
}

/// Work that memory limits, at sizes for each level of it.
fn streams(rows: &mut Rows, dtype: Dtype) {
    let levels = [
        ("L1", 1 << 10, [32, 32]),
        ("L2", 1 << 14, [128, 128]),
        ("L3", 1 << 18, [512, 512]),
        ("memory", 1 << 23, [4096, 4096]),
    ];
    for (level, n, [rows_extent, columns]) in levels {
        let (i, j, ij) = ([rows_extent], [columns], [rows_extent, columns]);
        let mut add = |what: &str, subscripts: &str, bound, shapes: &[&[usize]]| {
            rows.add(format!("stream/{}/{what}/{level}", dtype.name()), dtype, subscripts, bound, shapes);
        };
        add("dot", "i,i->", Bound::Read, &[&[n], &[n]]);
        add("sum", "ij->", Bound::Read, &[&ij]);
        add("row-sums", "ij->i", Bound::Read, &[&ij]);
        add("column-sums", "ij->j", Bound::Read, &[&ij]);
        add("matvec", "ij,j->i", Bound::Read, &[&ij, &j]);
        add("vecmat", "ij,i->j", Bound::Read, &[&ij, &i]);
        add("bilinear", "i,ij,j->", Bound::Read, &[&i, &ij, &j]);
        if level != "memory" {
            // The largest ones are in the class of large results.
            add("outer", "i,j->ij", Bound::Copy, &[&i, &j]);
            add("hadamard", "ij,ij->ij", Bound::Copy, &[&ij, &ij]);
        }
    }
}

fn many_operands(rows: &mut Rows, dtype: Dtype) {
    type Extents = [(&'static str, usize)];
    let chain = "ij,jk,kl,lm->im";
    let transform = "ea,fb,abcd,gc,hd->efgh";
    // The random ones are trees with a few more bonds, some of them between three operands.
    let cases: [(&str, &str, &Extents); 28] = [
        ("chain/short-ends", chain, &[("ikm", 10), ("jl", 1000)]),
        ("chain/long-ends", chain, &[("ikm", 512), ("jl", 64)]),
        ("transform/10", transform, &[("abcdefgh", 10)]),
        ("transform/24", transform, &[("abcdefgh", 24)]),
        ("bilinear/b32", "bn,anm,bm->ba", &[("b", 32), ("a", 8), ("nm", 32)]),
        ("bilinear/b128", "bn,anm,bm->ba", &[("b", 128), ("a", 32), ("nm", 64)]),
        ("network", "ijk,ilm,njm,nlk,abc->", &[("ijklmnabc", 16)]),
        ("elementwise", "i,i,i->i", &[("i", 1_000_000)]),
        (
            "random/00",
            "a,abcd,gbe,chf,df,fe->gh",
            &[("g", 12), ("ef", 16), ("d", 20), ("b", 24), ("ah", 32), ("c", 40)],
        ),
        ("random/01", "facd,bac,beg->efgd", &[("a", 8), ("e", 12), ("b", 16), ("cg", 20), ("df", 24)]),
        ("random/02", "dacb,a,bc->d", &[("c", 12), ("b", 20), ("d", 24), ("a", 32)]),
        ("random/03", "acd,abd,bc->", &[("b", 16), ("c", 20), ("d", 24), ("a", 32)]),
        ("random/04", "fa,cedba,hbgd,c->efgh", &[("be", 8), ("ad", 12), ("h", 16), ("cf", 24), ("g", 32)]),
        ("random/05", "ab,cea,hdb,cdgf->hegf", &[("h", 8), ("fg", 12), ("bce", 16), ("d", 20), ("a", 24)]),
        (
            "random/06",
            "ab,aiec,bhdf,gc,ed->gfhi",
            &[("a", 8), ("i", 12), ("ef", 16), ("h", 20), ("g", 32), ("bcd", 40)],
        ),
        (
            "random/07",
            "ab,ecag,bfg,cd,hd,efi->ih",
            &[("f", 12), ("aceh", 16), ("i", 20), ("g", 24), ("bd", 40)],
        ),
        (
            "random/08",
            "hca,ab,edgb,cf,d,ei->gihf",
            &[("bdh", 8), ("i", 12), ("a", 16), ("fg", 20), ("e", 24), ("c", 32)],
        ),
        ("random/09", "af,bga,gcdbe,fcgi,dh,e->hi", &[("fg", 12), ("bch", 16), ("de", 20), ("ai", 32)]),
        ("random/10", "a,eadb,cb,c,d->e", &[("b", 12), ("c", 16), ("d", 20), ("e", 32), ("a", 40)]),
        ("random/11", "ea,badc,b,dec->", &[("e", 12), ("cd", 20), ("a", 24), ("b", 32)]),
        ("random/12", "baed,ac,bd,fc->fe", &[("a", 8), ("c", 16), ("f", 20), ("bd", 24), ("e", 32)]),
        ("random/13", "aedcb,caf,bd->fe", &[("abc", 8), ("f", 16), ("d", 24), ("e", 32)]),
        ("random/14", "cbafh,gda,b,ce,d->fegh", &[("abdegh", 20), ("cf", 24)]),
        (
            "random/15",
            "fageb,ehacd,ib,cf,d->hgi",
            &[("fi", 8), ("h", 12), ("eg", 20), ("abc", 24), ("d", 40)],
        ),
        ("random/16", "baec,a,be,cd,ed->", &[("e", 8), ("ad", 32), ("bc", 40)]),
        ("random/17", "had,abf,ecfb,c,gfd,e->hg", &[("cfh", 8), ("b", 24), ("adeg", 32)]),
        ("random/18", "ac,eabcd,fb->edf", &[("a", 8), ("ce", 16), ("df", 32), ("b", 40)]),
        (
            "random/19",
            "ahb,af,bcde,gc,dei->fhig",
            &[("e", 12), ("dh", 16), ("b", 20), ("cfgi", 24), ("a", 40)],
        ),
    ];
    for (name, subscripts, extents) in cases {
        rows.labelled(format!("many/{}/{name}", dtype.name()), dtype, subscripts, Bound::Compute, extents);
    }
}

fn other_elements(rows: &mut Rows) {
    for (class, dtype, sizes) in [
        ("complex", C64, &[256, 1024][..]),
        ("complex", C32, &[256, 1024]),
        ("integer", I32, &[256]),
        ("integer", I64, &[256]),
    ] {
        for &n in sizes {
            let name = format!("{class}/{}/{n}", dtype.name());
            rows.add(name, dtype, "ij,jk->ik", Bound::Compute, &[&[n, n], &[n, n]]);
        }
    }
}
