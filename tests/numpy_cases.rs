//! The 342 calls of `numpy/cases.json`, NumPy's own, with the values that NumPy gives.
//!
//! Written by `tests/numpy/generate.py`; change that, and run it again.

mod numpy;

use ndarray::prelude::*;
use ndeinsum::{EinsumError, einsum, try_einsum};
use numpy::{Case, Element, Values, call, operand, run};

/// How many calls the file has. Some differ in nothing; each is run.
const CASES: usize = 342;

call!(call_12: "ABCDEFGHIJKLMNOPQRSTUVWXYZ", a: IxDyn => IxDyn);
call!(call_13: "ABCDEFGHIJKLMNOPQRSTUVWXYZa", a: IxDyn => IxDyn);
call!(call_14: "", a: Ix0 => T);
call!(call_17: "ij, j", a: Ix2, b: Ix1 => Ix1);
call!(call_18: "ij->", a: Ix2 => T);
call!(call_19: "...", a: Ix2 => Ix2);
call!(call_20: "ij", a: Ix2 => Ix2);
call!(call_21: "BA", a: Ix2 => Ix2);
call!(call_22: "...ii->...i", a: Ix3 => Ix2);
call!(call_23: "AA...->...A", a: Ix3 => Ix2);
call!(call_24: "ii...->i...", a: Ix3 => Ix2);
call!(call_25: "i...i->i...", a: Ix3 => Ix2);
call!(call_26: "A...A->...A", a: Ix3 => Ix2);
call!(call_27: "AAA->A", a: Ix3 => Ix1);
call!(call_28: "i->", a: Ix1 => T);
call!(call_29: "A->", a: Ix1 => T);
call!(call_40: "...A->...", a: Ix3 => Ix2);
call!(call_42: "...i->...", a: Ix3 => Ix2);
call!(call_53: "A...->...", a: Ix2 => Ix1);
call!(call_54: "i...->...", a: Ix2 => Ix1);
call!(call_75: "i...->...", a: Ix3 => Ix2);
call!(call_77: "A...->...", a: Ix3 => Ix2);
call!(call_88: "ii", a: Ix2 => T);
call!(call_89: "AA", a: Ix2 => T);
call!(call_100: "..., ...", a: Ix2, b: Ix3 => Ix3);
call!(call_103: "...,...", a: Ix2, b: Ix3 => Ix3);
call!(call_111: "...A,...A", a: Ix3, b: Ix1 => Ix2);
call!(call_113: "...i, ...i", a: Ix3, b: Ix1 => Ix2);
call!(call_119: "A...,A...", a: Ix3, b: Ix1 => Ix2);
call!(call_121: "i..., i...", a: Ix3, b: Ix1 => Ix2);
call!(call_127: "i,j", a: Ix1, b: Ix1 => Ix2);
call!(call_130: "A,B", a: Ix1, b: Ix1 => Ix2);
call!(call_143: "AB,B", a: Ix2, b: Ix1 => Ix1);
call!(call_144: "ij,j", a: Ix2, b: Ix1 => Ix1);
call!(call_167: "ji,j", a: Ix2, b: Ix1 => Ix1);
call!(call_169: "BA,B", a: Ix2, b: Ix1 => Ix1);
call!(call_181: "ij,jk", a: Ix2, b: Ix2 => Ix2);
call!(call_183: "AB,BC", a: Ix2, b: Ix2 => Ix2);
call!(call_198: "ij,jk,kl", a: Ix2, b: Ix2, c: Ix2 => Ix2);
call!(call_199: "A,A,A->A", a: Ix1, b: Ix1, c: Ix1 => Ix1);
call!(call_200: "ji,i->", a: Ix2, b: Ix1 => T);
call!(call_201: "i,ij->", a: Ix1, b: Ix2 => T);
call!(call_202: "ij,i->", a: Ix2, b: Ix1 => T);
call!(call_203: "...,...", a: Ix1, b: Ix1 => Ix1);
call!(call_204: "i,i", a: Ix1, b: Ix1 => T);
call!(call_205: "i,->i", a: Ix1, b: Ix0 => Ix1);
call!(call_207: "i,->", a: Ix1, b: Ix0 => T);
call!(call_208: ",i->", a: Ix0, b: Ix1 => T);
call!(call_222: ",i->i", a: Ix0, b: Ix1 => Ix1);
call!(call_268: "ij...,j...->i...", a: Ix2, b: Ix3 => Ix3);
call!(call_269: "AU,UC->AC", a: Ix2, b: Ix2 => Ix2);
call!(call_270: "Ab,bC->AC", a: Ix2, b: Ix2 => Ix2);
call!(call_271: "Az,zC->AC", a: Ix2, b: Ix2 => Ix2);
call!(call_272: "zF,FC->zC", a: Ix2, b: Ix2 => Ix2);
call!(call_273: "cl, cpxy->lpxy", a: Ix2, b: Ix4 => Ix4);
call!(call_274: "im,im,im->m", a: Ix2, b: Ix2, c: Ix2 => Ix1);
call!(call_275: "ij,jk->ik", a: Ix2, b: Ix2 => Ix2);
call!(call_276: "i,i->i", a: Ix1, b: Ix1 => Ix1);
call!(call_277: "i,i,i->", a: Ix1, b: Ix1, c: Ix1 => T);
call!(call_278: "a,b,ab->ab", a: Ix1, b: Ix1, c: Ix2 => Ix2);
call!(call_279: "ea,fb,gc,hd,abcd->efgh", a: Ix2, b: Ix2, c: Ix2, d: Ix2, e: Ix4 => Ix4);
call!(call_280: "abhe,hidj,jgba,hiab,gab", a: Ix4, b: Ix4, c: Ix4, d: Ix4, e: Ix3 => Ix2);
call!(call_281: "bde,cdh,agdb,hica,ibd,hgicd,hiac", a: Ix3, b: Ix3, c: Ix4, d: Ix4, e: Ix3, f: Ix5, g: Ix4 => Ix1);
call!(call_282: "ab,ab,c->c", a: Ix2, b: Ix2, c: Ix1 => Ix1);
call!(call_283: "ab,ab,cd,cd->", a: Ix2, b: Ix2, c: Ix2, d: Ix2 => T);
call!(call_284: "ab,ab,cd,cd->ac", a: Ix2, b: Ix2, c: Ix2, d: Ix2 => Ix2);
call!(call_285: "eb,cb,fb->cef", a: Ix2, b: Ix2, c: Ix2 => Ix3);
call!(call_286: "bca,cdb,dbf,afc->", a: Ix3, b: Ix3, c: Ix3, d: Ix3 => T);
call!(call_287: "abcd,ad", a: Ix4, b: Ix2 => Ix2);
call!(call_288: "ed,fcd,ff,bcf->be", a: Ix2, b: Ix3, c: Ix2, d: Ix3 => Ix2);
call!(call_289: "baa,dcf,af,cde->be", a: Ix3, b: Ix3, c: Ix2, d: Ix3 => Ix2);
call!(call_290: "efc,dbc,acf,fd->abe", a: Ix3, b: Ix3, c: Ix3, d: Ix2 => Ix3);
call!(call_291: "ba,ac,da->bcd", a: Ix2, b: Ix2, c: Ix2 => Ix3);
call!(call_292: "abc,abc", a: Ix3, b: Ix3 => T);
call!(call_293: "abc,bac", a: Ix3, b: Ix3 => T);
call!(call_294: "aab,fa,df,ecc->bde", a: Ix3, b: Ix2, c: Ix2, d: Ix3 => Ix3);
call!(call_295: "ecb,fef,bad,ed->ac", a: Ix3, b: Ix3, c: Ix3, d: Ix2 => Ix2);
call!(call_296: "adb,bc,fa,cfc->d", a: Ix3, b: Ix2, c: Ix2, d: Ix3 => Ix1);
call!(call_297: "bbd,bda,fc,db->acf", a: Ix3, b: Ix3, c: Ix2, d: Ix2 => Ix3);
call!(call_298: "bbcdc->d", a: Ix5 => Ix1);
call!(call_299: "ijk,kl,jl", a: Ix3, b: Ix2, c: Ix2 => Ix1);
call!(call_300: "obk,ijk->ioj", a: Ix3, b: Ix3 => Ix3);
call!(call_301: "jhcabhijaci,dfijejgh->fgje", a: IxDyn, b: IxDyn => Ix4);
call!(call_302: "baegffahgc,hdggeff->dhg", a: IxDyn, b: IxDyn => Ix3);
call!(call_303: "cehgbaifff,fhhdegih->cdghbi", a: IxDyn, b: IxDyn => Ix6);
call!(call_304: "a,b,c->abc", a: Ix1, b: Ix1, c: Ix1 => Ix3);
call!(call_305: "ab,bc,cd,de->ae", a: Ix2, b: Ix2, c: Ix2, d: Ix2 => Ix2);
call!(call_306: "...a->...a", a: Ix2 => Ix2);
call!(call_307: "...a-> ...a", a: Ix2 => Ix2);
call!(call_308: "...a-> ...a ", a: Ix2 => Ix2);
call!(call_309: "...a ->...a ", a: Ix2 => Ix2);
call!(call_310: " ...a->...a", a: Ix2 => Ix2);
call!(call_311: " ...a->...a ", a: Ix2 => Ix2);
call!(call_312: " ...a ->...a ", a: Ix2 => Ix2);
call!(call_313: " ...a -> ...a", a: Ix2 => Ix2);
call!(call_314: " ...a -> ...a ", a: Ix2 => Ix2);
call!(call_316: "ijk,j->ijk", a: Ix3, b: Ix1 => Ix3);
call!(call_317: "ij...,j...->ij...", a: Ix3, b: Ix1 => Ix3);
call!(call_318: "ij...,...j->ij...", a: Ix3, b: Ix1 => Ix3);
call!(call_319: "ik,k...->i...", a: Ix2, b: Ix2 => Ix2);
call!(call_320: "ijkl,k->ijl", a: Ix4, b: Ix1 => Ix3);
call!(call_321: "...kl,k...", a: Ix4, b: Ix1 => Ix3);
call!(call_322: "...lmn,lmno->...o", a: Ix6, b: Ix4 => Ix4);
call!(call_323: "ii->i", a: Ix2 => Ix1);
call!(call_324: "ij->i", a: Ix2 => Ix1);
call!(call_325: "...j->...", a: Ix2 => Ix1);
call!(call_326: "ij->ji", a: Ix2 => Ix2);
call!(call_328: "...j,j", a: Ix2, b: Ix1 => Ix1);
call!(call_329: "..., ...", a: Ix0, b: Ix2 => Ix2);
call!(call_330: ",ij", a: Ix0, b: Ix2 => Ix2);
call!(call_332: "ki,jk->ij", a: Ix2, b: Ix2 => Ix2);
call!(call_333: "ki,...k->i...", a: Ix2, b: Ix2 => Ix2);
call!(call_334: "k...,jk", a: Ix2, b: Ix2 => Ix2);
call!(call_335: "ijk,ilm,njm,nlk,abc->", a: Ix3, b: Ix3, c: Ix3, d: Ix3, e: Ix3 => T);
call!(call_336: "ij...,jk...->ik...", a: Ix3, b: Ix3 => Ix3);
call!(call_337: "i...i", a: Ix3 => Ix1);
call!(call_339: "ijk...->kji...", a: Ix4 => Ix4);
call!(call_340: "ij,jh", a: Ix2, b: Ix2 => Ix2);
call!(call_341: "ij,jh->ih", a: Ix2, b: Ix2 => Ix2);

#[rustfmt::skip]
const ONE_OPERAND: &[Case] = &[
    Case { number: 12, subscripts: "ABCDEFGHIJKLMNOPQRSTUVWXYZ", call: call_12,
        shapes: &[&[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]], shape:
        &[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], values:
        Values::All(&[-1]) },
    Case { number: 13, subscripts: "ABCDEFGHIJKLMNOPQRSTUVWXYZa", call: call_13,
        shapes: &[&[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]], shape:
        &[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], values:
        Values::All(&[-1]) },
    Case { number: 14, subscripts: "", call: call_14,
        shapes: &[&[]], shape: &[], values: Values::All(&[-1]) },
    Case { number: 18, subscripts: "ij->", call: call_18,
        shapes: &[&[3, 3]], shape: &[], values: Values::All(&[8]) },
    Case { number: 20, subscripts: "ij", call: call_20,
        shapes: &[&[2, 3]], shape: &[2, 3], values: Values::All(&[-1, 5, 3, -2, -4, 5]) },
    Case { number: 21, subscripts: "BA", call: call_21,
        shapes: &[&[2, 3]], shape: &[3, 2], values: Values::All(&[-1, -2, 5, -4, 3, 5]) },
    Case { number: 27, subscripts: "AAA->A", call: call_27,
        shapes: &[&[3, 3, 3]], shape: &[3], values: Values::All(&[-1, -1, 2]) },
    Case { number: 28, subscripts: "i->", call: call_28,
        shapes: &[&[2]], shape: &[], values: Values::All(&[4]) },
    Case { number: 29, subscripts: "A->", call: call_29,
        shapes: &[&[6]], shape: &[], values: Values::All(&[6]) },
    Case { number: 30, subscripts: "i->", call: call_28,
        shapes: &[&[9]], shape: &[], values: Values::All(&[8]) },
    Case { number: 31, subscripts: "A->", call: call_29,
        shapes: &[&[9]], shape: &[], values: Values::All(&[8]) },
    Case { number: 32, subscripts: "A->", call: call_29,
        shapes: &[&[10]], shape: &[], values: Values::All(&[10]) },
    Case { number: 33, subscripts: "A->", call: call_29,
        shapes: &[&[11]], shape: &[], values: Values::All(&[10]) },
    Case { number: 34, subscripts: "i->", call: call_28,
        shapes: &[&[12]], shape: &[], values: Values::All(&[16]) },
    Case { number: 35, subscripts: "A->", call: call_29,
        shapes: &[&[12]], shape: &[], values: Values::All(&[16]) },
    Case { number: 36, subscripts: "A->", call: call_29,
        shapes: &[&[13]], shape: &[], values: Values::All(&[20]) },
    Case { number: 37, subscripts: "i->", call: call_28,
        shapes: &[&[14]], shape: &[], values: Values::All(&[19]) },
    Case { number: 38, subscripts: "A->", call: call_29,
        shapes: &[&[14]], shape: &[], values: Values::All(&[19]) },
    Case { number: 39, subscripts: "A->", call: call_29,
        shapes: &[&[15]], shape: &[], values: Values::All(&[16]) },
    Case { number: 88, subscripts: "ii", call: call_88,
        shapes: &[&[2, 2]], shape: &[], values: Values::All(&[-3]) },
    Case { number: 89, subscripts: "AA", call: call_89,
        shapes: &[&[2, 2]], shape: &[], values: Values::All(&[-3]) },
    Case { number: 90, subscripts: "ii", call: call_88,
        shapes: &[&[3, 3]], shape: &[], values: Values::All(&[-1]) },
    Case { number: 91, subscripts: "AA", call: call_89,
        shapes: &[&[3, 3]], shape: &[], values: Values::All(&[-1]) },
    Case { number: 92, subscripts: "ii", call: call_88,
        shapes: &[&[4, 4]], shape: &[], values: Values::All(&[10]) },
    Case { number: 93, subscripts: "AA", call: call_89,
        shapes: &[&[7, 7]], shape: &[], values: Values::All(&[11]) },
    Case { number: 94, subscripts: "AA", call: call_89,
        shapes: &[&[10, 10]], shape: &[], values: Values::All(&[25]) },
    Case { number: 95, subscripts: "AA", call: call_89,
        shapes: &[&[11, 11]], shape: &[], values: Values::All(&[19]) },
    Case { number: 96, subscripts: "ii", call: call_88,
        shapes: &[&[13, 13]], shape: &[], values: Values::All(&[31]) },
    Case { number: 97, subscripts: "ii", call: call_88,
        shapes: &[&[15, 15]], shape: &[], values: Values::All(&[16]) },
    Case { number: 98, subscripts: "AA", call: call_89,
        shapes: &[&[15, 15]], shape: &[], values: Values::All(&[16]) },
    Case { number: 99, subscripts: "ii", call: call_88,
        shapes: &[&[16, 16]], shape: &[], values: Values::All(&[13]) },
    Case { number: 298, subscripts: "bbcdc->d", call: call_298,
        shapes: &[&[1, 1, 3, 1, 3]], shape: &[1], values: Values::All(&[-1]) },
    Case { number: 323, subscripts: "ii->i", call: call_323,
        shapes: &[&[5, 5]], shape: &[5], values: Values::All(&[-1, 0, 4, 5, -2]) },
    Case { number: 324, subscripts: "ij->i", call: call_324,
        shapes: &[&[5, 5]], shape: &[5], values: Values::All(&[1, 9, 6, 14, 0]) },
    Case { number: 326, subscripts: "ij->ji", call: call_326,
        shapes: &[&[2, 3]], shape: &[3, 2], values: Values::All(&[-1, -2, 5, -4, 3, 5]) },
];

#[test]
fn one_operand() {
    run(ONE_OPERAND);
}

#[rustfmt::skip]
const MATRIX_VECTOR: &[Case] = &[
    Case { number: 17, subscripts: "ij, j", call: call_17,
        shapes: &[&[3, 3], &[3]], shape: &[3], values: Values::All(&[-4, -21, -6]) },
    Case { number: 142, subscripts: "ij, j", call: call_17,
        shapes: &[&[4, 2], &[2]], shape: &[4], values: Values::All(&[-1, 16, -19, -2]) },
    Case { number: 143, subscripts: "AB,B", call: call_143,
        shapes: &[&[4, 2], &[2]], shape: &[4], values: Values::All(&[-1, 16, -19, -2]) },
    Case { number: 144, subscripts: "ij,j", call: call_144,
        shapes: &[&[4, 3], &[3]], shape: &[4], values: Values::All(&[-4, -21, -6, 6]) },
    Case { number: 145, subscripts: "ij, j", call: call_17,
        shapes: &[&[4, 4], &[4]], shape: &[4], values: Values::All(&[2, -13, 8, 8]) },
    Case { number: 146, subscripts: "ij, j", call: call_17,
        shapes: &[&[4, 5], &[5]], shape: &[4], values: Values::All(&[-10, 26, -4, 32]) },
    Case { number: 147, subscripts: "AB,B", call: call_143,
        shapes: &[&[4, 6], &[6]], shape: &[4], values: Values::All(&[-5, -6, 10, 59]) },
    Case { number: 148, subscripts: "ij, j", call: call_17,
        shapes: &[&[4, 7], &[7]], shape: &[4], values: Values::All(&[-5, 16, 4, -23]) },
    Case { number: 149, subscripts: "ij, j", call: call_17,
        shapes: &[&[4, 8], &[8]], shape: &[4], values: Values::All(&[-15, 61, -30, -19]) },
    Case { number: 150, subscripts: "ij, j", call: call_17,
        shapes: &[&[4, 9], &[9]], shape: &[4], values: Values::All(&[-3, -34, 53, -25]) },
    Case { number: 151, subscripts: "AB,B", call: call_143,
        shapes: &[&[4, 9], &[9]], shape: &[4], values: Values::All(&[-3, -34, 53, -25]) },
    Case { number: 152, subscripts: "ij, j", call: call_17,
        shapes: &[&[4, 10], &[10]], shape: &[4], values: Values::All(&[-7, 2, -11, -26]) },
    Case { number: 153, subscripts: "AB,B", call: call_143,
        shapes: &[&[4, 10], &[10]], shape: &[4], values: Values::All(&[-7, 2, -11, -26]) },
    Case { number: 154, subscripts: "ij,j", call: call_144,
        shapes: &[&[4, 10], &[10]], shape: &[4], values: Values::All(&[-7, 2, -11, -26]) },
    Case { number: 155, subscripts: "ij, j", call: call_17,
        shapes: &[&[4, 11], &[11]], shape: &[4], values: Values::All(&[-7, 121, 34, -22]) },
    Case { number: 156, subscripts: "AB,B", call: call_143,
        shapes: &[&[4, 11], &[11]], shape: &[4], values: Values::All(&[-7, 121, 34, -22]) },
    Case { number: 157, subscripts: "ij,j", call: call_144,
        shapes: &[&[4, 11], &[11]], shape: &[4], values: Values::All(&[-7, 121, 34, -22]) },
    Case { number: 158, subscripts: "ij, j", call: call_17,
        shapes: &[&[4, 12], &[12]], shape: &[4], values: Values::All(&[23, -4, -14, 51]) },
    Case { number: 159, subscripts: "ij,j", call: call_144,
        shapes: &[&[4, 12], &[12]], shape: &[4], values: Values::All(&[23, -4, -14, 51]) },
    Case { number: 160, subscripts: "AB,B", call: call_143,
        shapes: &[&[4, 13], &[13]], shape: &[4], values: Values::All(&[23, -55, -26, 92]) },
    Case { number: 161, subscripts: "ij,j", call: call_144,
        shapes: &[&[4, 13], &[13]], shape: &[4], values: Values::All(&[23, -55, -26, 92]) },
    Case { number: 162, subscripts: "ij, j", call: call_17,
        shapes: &[&[4, 14], &[14]], shape: &[4], values: Values::All(&[25, -13, 95, 89]) },
    Case { number: 163, subscripts: "AB,B", call: call_143,
        shapes: &[&[4, 14], &[14]], shape: &[4], values: Values::All(&[25, -13, 95, 89]) },
    Case { number: 164, subscripts: "ij,j", call: call_144,
        shapes: &[&[4, 14], &[14]], shape: &[4], values: Values::All(&[25, -13, 95, 89]) },
    Case { number: 165, subscripts: "ij,j", call: call_144,
        shapes: &[&[4, 15], &[15]], shape: &[4], values: Values::All(&[13, 108, -58, 28]) },
    Case { number: 166, subscripts: "ij,j", call: call_144,
        shapes: &[&[4, 16], &[16]], shape: &[4], values: Values::All(&[25, -42, 164, -38]) },
    Case { number: 167, subscripts: "ji,j", call: call_167,
        shapes: &[&[3, 4], &[3]], shape: &[4], values: Values::All(&[-14, 33, 18, -20]) },
    Case { number: 168, subscripts: "ji,j", call: call_167,
        shapes: &[&[5, 4], &[5]], shape: &[4], values: Values::All(&[-23, 33, 42, -29]) },
    Case { number: 169, subscripts: "BA,B", call: call_169,
        shapes: &[&[7, 4], &[7]], shape: &[4], values: Values::All(&[-14, 45, 39, -29]) },
    Case { number: 170, subscripts: "ji,j", call: call_167,
        shapes: &[&[8, 4], &[8]], shape: &[4], values: Values::All(&[16, 65, 49, -44]) },
    Case { number: 171, subscripts: "BA,B", call: call_169,
        shapes: &[&[8, 4], &[8]], shape: &[4], values: Values::All(&[16, 65, 49, -44]) },
    Case { number: 172, subscripts: "ji,j", call: call_167,
        shapes: &[&[9, 4], &[9]], shape: &[4], values: Values::All(&[34, 68, 46, -53]) },
    Case { number: 173, subscripts: "ji,j", call: call_167,
        shapes: &[&[10, 4], &[10]], shape: &[4], values: Values::All(&[28, 66, 48, -63]) },
    Case { number: 174, subscripts: "BA,B", call: call_169,
        shapes: &[&[10, 4], &[10]], shape: &[4], values: Values::All(&[28, 66, 48, -63]) },
    Case { number: 175, subscripts: "ji,j", call: call_167,
        shapes: &[&[11, 4], &[11]], shape: &[4], values: Values::All(&[16, 74, 64, -83]) },
    Case { number: 176, subscripts: "ji,j", call: call_167,
        shapes: &[&[13, 4], &[13]], shape: &[4], values: Values::All(&[16, 64, 84, -73]) },
    Case { number: 177, subscripts: "BA,B", call: call_169,
        shapes: &[&[13, 4], &[13]], shape: &[4], values: Values::All(&[16, 64, 84, -73]) },
    Case { number: 178, subscripts: "ji,j", call: call_167,
        shapes: &[&[14, 4], &[14]], shape: &[4], values: Values::All(&[22, 52, 82, -71]) },
    Case { number: 179, subscripts: "ji,j", call: call_167,
        shapes: &[&[15, 4], &[15]], shape: &[4], values: Values::All(&[42, 64, 86, -87]) },
    Case { number: 180, subscripts: "ji,j", call: call_167,
        shapes: &[&[16, 4], &[16]], shape: &[4], values: Values::All(&[52, 64, 82, -95]) },
    Case { number: 200, subscripts: "ji,i->", call: call_200,
        shapes: &[&[2, 2], &[2]], shape: &[], values: Values::All(&[15]) },
    Case { number: 201, subscripts: "i,ij->", call: call_201,
        shapes: &[&[2], &[2, 2]], shape: &[], values: Values::All(&[-27]) },
    Case { number: 202, subscripts: "ij,i->", call: call_202,
        shapes: &[&[2, 2], &[2]], shape: &[], values: Values::All(&[25]) },
    Case { number: 327, subscripts: "ij,j", call: call_144,
        shapes: &[&[5, 5], &[5]], shape: &[5], values: Values::All(&[-10, 26, -4, 32, -9]) },
];

#[test]
fn matrix_vector() {
    run(MATRIX_VECTOR);
}

#[rustfmt::skip]
const ONE_OPERAND_WITH_ELLIPSIS: &[Case] = &[
    Case { number: 19, subscripts: "...", call: call_19,
        shapes: &[&[2, 3]], shape: &[2, 3], values: Values::All(&[-1, 5, 3, -2, -4, 5]) },
    Case { number: 22, subscripts: "...ii->...i", call: call_22,
        shapes: &[&[3, 3, 3]], shape: &[3, 3], values: Values::All(&[-1, -4, 4, 2, -1, -1, 5, 5, 2]) },
    Case { number: 23, subscripts: "AA...->...A", call: call_23,
        shapes: &[&[3, 3, 3]], shape: &[3, 3], values: Values::All(&[-1, 4, -2, 5, -1, -4, 3, -3, 2]) },
    Case { number: 24, subscripts: "ii...->i...", call: call_24,
        shapes: &[&[3, 3, 3]], shape: &[3, 3], values: Values::All(&[-1, 5, 3, 4, -1, -3, -2, -4, 2]) },
    Case { number: 25, subscripts: "i...i->i...", call: call_25,
        shapes: &[&[3, 3, 3]], shape: &[3, 3], values: Values::All(&[-1, -2, 0, 0, -1, 1, 1, 0, 2]) },
    Case { number: 26, subscripts: "A...A->...A", call: call_26,
        shapes: &[&[3, 3, 3]], shape: &[3, 3], values: Values::All(&[-1, 0, 1, -2, -1, 0, 0, 1, 2]) },
    Case { number: 40, subscripts: "...A->...", call: call_40,
        shapes: &[&[2, 3, 2]], shape: &[2, 3], values: Values::All(&[4, 1, 1, -2, 6, 6]) },
    Case { number: 41, subscripts: "...A->...", call: call_40,
        shapes: &[&[2, 3, 3]], shape: &[2, 3], values: Values::All(&[7, -1, 2, 8, 0, 6]) },
    Case { number: 42, subscripts: "...i->...", call: call_42,
        shapes: &[&[2, 3, 5]], shape: &[2, 3], values: Values::All(&[1, 9, 6, 14, 0, 8]) },
    Case { number: 43, subscripts: "...A->...", call: call_40,
        shapes: &[&[2, 3, 5]], shape: &[2, 3], values: Values::All(&[1, 9, 6, 14, 0, 8]) },
    Case { number: 44, subscripts: "...i->...", call: call_42,
        shapes: &[&[2, 3, 6]], shape: &[2, 3], values: Values::All(&[6, 10, 6, 10, 6, 2]) },
    Case { number: 45, subscripts: "...A->...", call: call_40,
        shapes: &[&[2, 3, 6]], shape: &[2, 3], values: Values::All(&[6, 10, 6, 10, 6, 2]) },
    Case { number: 46, subscripts: "...i->...", call: call_42,
        shapes: &[&[2, 3, 8]], shape: &[2, 3], values: Values::All(&[4, 18, 10, 5, 11, 6]) },
    Case { number: 47, subscripts: "...A->...", call: call_40,
        shapes: &[&[2, 3, 8]], shape: &[2, 3], values: Values::All(&[4, 18, 10, 5, 11, 6]) },
    Case { number: 48, subscripts: "...A->...", call: call_40,
        shapes: &[&[2, 3, 9]], shape: &[2, 3], values: Values::All(&[8, 14, 6, 12, 10, 16]) },
    Case { number: 49, subscripts: "...i->...", call: call_42,
        shapes: &[&[2, 3, 13]], shape: &[2, 3], values: Values::All(&[20, 6, 17, 20, 9, 20]) },
    Case { number: 50, subscripts: "...A->...", call: call_40,
        shapes: &[&[2, 3, 15]], shape: &[2, 3], values: Values::All(&[16, 22, 12, 21, 16, 20]) },
    Case { number: 51, subscripts: "...i->...", call: call_42,
        shapes: &[&[2, 3, 16]], shape: &[2, 3], values: Values::All(&[22, 15, 17, 16, 23, 25]) },
    Case { number: 52, subscripts: "...A->...", call: call_40,
        shapes: &[&[2, 3, 16]], shape: &[2, 3], values: Values::All(&[22, 15, 17, 16, 23, 25]) },
    Case { number: 53, subscripts: "A...->...", call: call_53,
        shapes: &[&[2, 1]], shape: &[1], values: Values::All(&[4]) },
    Case { number: 54, subscripts: "i...->...", call: call_54,
        shapes: &[&[2, 2]], shape: &[2], values: Values::All(&[2, 3]) },
    Case { number: 55, subscripts: "A...->...", call: call_53,
        shapes: &[&[2, 2]], shape: &[2], values: Values::All(&[2, 3]) },
    Case { number: 56, subscripts: "i...->...", call: call_54,
        shapes: &[&[2, 3]], shape: &[3], values: Values::All(&[-3, 1, 8]) },
    Case { number: 57, subscripts: "A...->...", call: call_53,
        shapes: &[&[2, 3]], shape: &[3], values: Values::All(&[-3, 1, 8]) },
    Case { number: 58, subscripts: "i...->...", call: call_54,
        shapes: &[&[2, 4]], shape: &[4], values: Values::All(&[-5, 10, 3, -4]) },
    Case { number: 59, subscripts: "A...->...", call: call_53,
        shapes: &[&[2, 4]], shape: &[4], values: Values::All(&[-5, 10, 3, -4]) },
    Case { number: 60, subscripts: "i...->...", call: call_54,
        shapes: &[&[2, 5]], shape: &[5], values: Values::All(&[4, 5, 1, 2, -2]) },
    Case { number: 61, subscripts: "A...->...", call: call_53,
        shapes: &[&[2, 5]], shape: &[5], values: Values::All(&[4, 5, 1, 2, -2]) },
    Case { number: 62, subscripts: "i...->...", call: call_54,
        shapes: &[&[2, 6]], shape: &[6], values: Values::All(&[-1, 3, 7, 0, -4, 11]) },
    Case { number: 63, subscripts: "A...->...", call: call_53,
        shapes: &[&[2, 6]], shape: &[6], values: Values::All(&[-1, 3, 7, 0, -4, 11]) },
    Case { number: 64, subscripts: "i...->...", call: call_54,
        shapes: &[&[2, 8]], shape: &[8], values: Values::All(&[3, 7, 3, 4, 0, 4, -3, 4]) },
    Case { number: 65, subscripts: "A...->...", call: call_53,
        shapes: &[&[2, 8]], shape: &[8], values: Values::All(&[3, 7, 3, 4, 0, 4, -3, 4]) },
    Case { number: 66, subscripts: "i...->...", call: call_54,
        shapes: &[&[2, 9]], shape: &[9], values: Values::All(&[1, 5, 9, 2, -5, 2, 6, -1, 3]) },
    Case { number: 67, subscripts: "A...->...", call: call_53,
        shapes: &[&[2, 9]], shape: &[9], values: Values::All(&[1, 5, 9, 2, -5, 2, 6, -1, 3]) },
    Case { number: 68, subscripts: "i...->...", call: call_54,
        shapes: &[&[2, 10]], shape: &[10], values: Values::All(&[-1, 11, 7, -3, -7, 11, 1, -3, 9, 5]) },
    Case { number: 69, subscripts: "A...->...", call: call_53,
        shapes: &[&[2, 12]], shape: &[12], values: Values::All(&[3, 4, 0, 4, -3, 4, 5, 1, 5, -2, 5, 6]) },
    Case { number: 70, subscripts: "i...->...", call: call_54,
        shapes: &[&[2, 13]], shape: &[13], values: Values::All(&[-2, 2, 9, -1, -5, 10, 3, -1, 0, 7, 0, 4, 0])
        },
    Case { number: 71, subscripts: "A...->...", call: call_53,
        shapes: &[&[2, 13]], shape: &[13], values: Values::All(&[-2, 2, 9, -1, -5, 10, 3, -1, 0, 7, 0, 4, 0])
        },
    Case { number: 72, subscripts: "i...->...", call: call_54,
        shapes: &[&[2, 14]], shape: &[14], values: Values::All(&[-4, 11, 4, -3, 1, 8, 1, -6, 9, 2, -2, 2, 6,
        -1]) },
    Case { number: 73, subscripts: "i...->...", call: call_54,
        shapes: &[&[2, 15]], shape: &[15], values: Values::All(&[5, 6, 2, 3, -1, 6, -4, 3, 4, 0, -4, 8, 4, 5,
        1]) },
    Case { number: 74, subscripts: "A...->...", call: call_53,
        shapes: &[&[2, 15]], shape: &[15], values: Values::All(&[5, 6, 2, 3, -1, 6, -4, 3, 4, 0, -4, 8, 4, 5,
        1]) },
    Case { number: 75, subscripts: "i...->...", call: call_75,
        shapes: &[&[2, 3, 1]], shape: &[3, 1], values: Values::All(&[-3, 1, 8]) },
    Case { number: 76, subscripts: "i...->...", call: call_75,
        shapes: &[&[2, 3, 2]], shape: &[3, 2], values: Values::All(&[-1, 3, 7, 0, -4, 11]) },
    Case { number: 77, subscripts: "A...->...", call: call_77,
        shapes: &[&[2, 3, 4]], shape: &[3, 4], values: Values::All(&[3, 4, 0, 4, -3, 4, 5, 1, 5, -2, 5, 6]) },
    Case { number: 78, subscripts: "i...->...", call: call_75,
        shapes: &[&[2, 3, 5]], shape: &[3, 5], values: Values::All(&[5, 6, 2, 3, -1, 6, -4, 3, 4, 0, -4, 8, 4,
        5, 1]) },
    Case { number: 79, subscripts: "A...->...", call: call_77,
        shapes: &[&[2, 3, 5]], shape: &[3, 5], values: Values::All(&[5, 6, 2, 3, -1, 6, -4, 3, 4, 0, -4, 8, 4,
        5, 1]) },
    Case { number: 80, subscripts: "A...->...", call: call_77,
        shapes: &[&[2, 3, 7]], shape: &[3, 7], values: Values::All(&[-5, 10, 3, -4, -8, 7, 0, 4, 8, 4, -3, 12,
        5, -2, -6, 9, 2, -2, 10, 6, -1]) },
    Case { number: 81, subscripts: "i...->...", call: call_75,
        shapes: &[&[2, 3, 8]], shape: &[3, 8], values: Values::All(&[-3, 1, 5, -2, 2, 9, 2, -5, 10, 3, -1, 3,
        7, 0, -4, 11, 4, -3, 1, 8, 1, -6, 9, 2]) },
    Case { number: 82, subscripts: "A...->...", call: call_77,
        shapes: &[&[2, 3, 11]], shape: &[3, 11], values: Values::All(&[0, 4, 0, 1, -3, 4, 5, 1, 2, -2, 5, 6,
        2, 3, -1, 6, 7, 3, 4, 0, 7, -3, 4, 5, 1, -3, -2, 5, 6, 2, -2, -1, 6]) },
    Case { number: 83, subscripts: "A...->...", call: call_77,
        shapes: &[&[2, 3, 12]], shape: &[3, 12], values: Values::All(&[2, 6, 2, 3, -1, 3, -4, 3, 4, 0, 4, 8,
        4, 5, 1, 5, -2, 5, 6, 2, 6, -1, 6, -4, 3, -4, 0, -4, 8, 4, 8, 1, 8, -2, 5, -2]) },
    Case { number: 84, subscripts: "i...->...", call: call_75,
        shapes: &[&[2, 3, 13]], shape: &[3, 13], values: Values::All(&[4, 8, 1, -6, 1, 5, -2, 2, 6, 2, 6, 10,
        3, -4, 3, 7, 0, 4, 8, 4, -3, 1, 5, -2, -6, -2, 2, 6, 10, 6, -1, 3, 7, 0, -4, 0, 4, 0, 4]) },
    Case { number: 85, subscripts: "A...->...", call: call_77,
        shapes: &[&[2, 3, 13]], shape: &[3, 13], values: Values::All(&[4, 8, 1, -6, 1, 5, -2, 2, 6, 2, 6, 10,
        3, -4, 3, 7, 0, 4, 8, 4, -3, 1, 5, -2, -6, -2, 2, 6, 10, 6, -1, 3, 7, 0, -4, 0, 4, 0, 4]) },
    Case { number: 86, subscripts: "i...->...", call: call_75,
        shapes: &[&[2, 3, 14]], shape: &[3, 14], values: Values::All(&[-5, 10, 3, -4, 0, 7, 0, 4, 8, 1, -3,
        12, 5, -2, 2, 9, 2, -5, 10, 3, -1, -8, 7, 0, 4, 0, 4, -3, 12, 5, 1, -6, 9, 2, -2, 2, 6, -1, -5, 10, 3,
        -4]) },
    Case { number: 87, subscripts: "A...->...", call: call_77,
        shapes: &[&[2, 3, 14]], shape: &[3, 14], values: Values::All(&[-5, 10, 3, -4, 0, 7, 0, 4, 8, 1, -3,
        12, 5, -2, 2, 9, 2, -5, 10, 3, -1, -8, 7, 0, 4, 0, 4, -3, 12, 5, 1, -6, 9, 2, -2, 2, 6, -1, -5, 10, 3,
        -4]) },
    Case { number: 306, subscripts: "...a->...a", call: call_306,
        shapes: &[&[1, 1]], shape: &[1, 1], values: Values::All(&[-1]) },
    Case { number: 307, subscripts: "...a-> ...a", call: call_307,
        shapes: &[&[1, 1]], shape: &[1, 1], values: Values::All(&[-1]) },
    Case { number: 308, subscripts: "...a-> ...a ", call: call_308,
        shapes: &[&[1, 1]], shape: &[1, 1], values: Values::All(&[-1]) },
    Case { number: 309, subscripts: "...a ->...a ", call: call_309,
        shapes: &[&[1, 1]], shape: &[1, 1], values: Values::All(&[-1]) },
    Case { number: 310, subscripts: " ...a->...a", call: call_310,
        shapes: &[&[1, 1]], shape: &[1, 1], values: Values::All(&[-1]) },
    Case { number: 311, subscripts: " ...a->...a ", call: call_311,
        shapes: &[&[1, 1]], shape: &[1, 1], values: Values::All(&[-1]) },
    Case { number: 312, subscripts: " ...a ->...a ", call: call_312,
        shapes: &[&[1, 1]], shape: &[1, 1], values: Values::All(&[-1]) },
    Case { number: 313, subscripts: " ...a -> ...a", call: call_313,
        shapes: &[&[1, 1]], shape: &[1, 1], values: Values::All(&[-1]) },
    Case { number: 314, subscripts: " ...a -> ...a ", call: call_314,
        shapes: &[&[1, 1]], shape: &[1, 1], values: Values::All(&[-1]) },
    Case { number: 325, subscripts: "...j->...", call: call_325,
        shapes: &[&[5, 5]], shape: &[5], values: Values::All(&[1, 9, 6, 14, 0]) },
    Case { number: 337, subscripts: "i...i", call: call_337,
        shapes: &[&[3, 4, 3]], shape: &[4], values: Values::All(&[0, 3, 9, 4]) },
    Case { number: 338, subscripts: "...ii->...i", call: call_22,
        shapes: &[&[2, 3, 3]], shape: &[2, 3], values: Values::All(&[-1, -4, 4, 2, -1, -1]) },
    Case { number: 339, subscripts: "ijk...->kji...", call: call_339,
        shapes: &[&[2, 3, 4, 5]], shape: &[4, 3, 2, 5], values: Values::All(&[-1, 5, 3, -2, -4, 5, 0, -2, -4,
        2, 1, -4, 5, 0, -2, -4, 5, 0, -2, 4, 3, -2, -4, 5, 0, -2, -4, 2, 0, 6, 5, 0, -2, 4, 2, 0, 6, 4, 2, -3,
        -4, 2, 0, 6, 4, 2, 0, 6, 4, -1, -2, 4, 2, 0, 6, 4, 2, -3, 6, 4, 0, 6, 4, -1, -3, 6, 1, -1, -3, 3, 2,
        -3, 6, 1, -1, -3, 6, 1, -1, 5, 4, -1, -3, 6, 1, -1, -3, 3, 1, -1, 6, 1, -1, 5, 3, 1, -1, 5, 3, -2, -3,
        3, 1, -1, 5, 3, 1, -4, 5, 0, -1, 5, 3, 1, -4, 5, 3, -2, -4, 5]) },
];

#[test]
fn one_operand_with_ellipsis() {
    run(ONE_OPERAND_WITH_ELLIPSIS);
}

#[rustfmt::skip]
const TWO_OPERANDS_WITH_ELLIPSIS: &[Case] = &[
    Case { number: 100, subscripts: "..., ...", call: call_100,
        shapes: &[&[3, 1], &[2, 3, 1]], shape: &[2, 3, 1], values: Values::All(&[-6, 5, -3, 3, 15, 3]) },
    Case { number: 101, subscripts: "..., ...", call: call_100,
        shapes: &[&[3, 3], &[2, 3, 3]], shape: &[2, 3, 3], values: Values::All(&[-6, 5, -3, 6, -12, 5, 0, -10,
        12, 2, -20, 15, 0, 8, 20, 0, 0, 24]) },
    Case { number: 102, subscripts: "..., ...", call: call_100,
        shapes: &[&[3, 4], &[2, 3, 4]], shape: &[2, 3, 4], values: Values::All(&[-6, 5, -3, 6, -12, 5, 0, -10,
        12, -4, 0, 30, 0, -10, 12, -4, 0, 30, 0, 2, -12, 12, 0, -6]) },
    Case { number: 103, subscripts: "...,...", call: call_103,
        shapes: &[&[3, 4], &[2, 3, 4]], shape: &[2, 3, 4], values: Values::All(&[-6, 5, -3, 6, -12, 5, 0, -10,
        12, -4, 0, 30, 0, -10, 12, -4, 0, 30, 0, 2, -12, 12, 0, -6]) },
    Case { number: 104, subscripts: "...,...", call: call_103,
        shapes: &[&[3, 8], &[2, 3, 8]], shape: &[2, 3, 8], values: Values::All(&[-6, 5, -3, 6, -12, 5, 0, -10,
        12, -4, 0, 30, 0, 2, -12, 12, 0, -6, 20, -3, -3, -24, 5, 0, -5, 15, 3, 8, -20, 0, 0, 8, 8, 0, 0, 24,
        8, 3, -18, 6, -1, 3, 15, 3, -1, -20, 15, 0]) },
    Case { number: 105, subscripts: "..., ...", call: call_100,
        shapes: &[&[3, 9], &[2, 3, 9]], shape: &[2, 3, 9], values: Values::All(&[-6, 5, -3, 6, -12, 5, 0, -10,
        12, -4, 0, 30, 0, 2, -12, 12, 0, -6, 20, -3, -3, -24, 5, 0, -10, -12, 2, 4, 25, 0, 4, 16, 10, 0, -12,
        16, 4, 0, 36, 4, 1, 9, 18, 1, 1, 25, 9, -2, 16, 25, 0, 4, -16, 4]) },
    Case { number: 106, subscripts: "...,...", call: call_103,
        shapes: &[&[3, 9], &[2, 3, 9]], shape: &[2, 3, 9], values: Values::All(&[-6, 5, -3, 6, -12, 5, 0, -10,
        12, -4, 0, 30, 0, 2, -12, 12, 0, -6, 20, -3, -3, -24, 5, 0, -10, -12, 2, 4, 25, 0, 4, 16, 10, 0, -12,
        16, 4, 0, 36, 4, 1, 9, 18, 1, 1, 25, 9, -2, 16, 25, 0, 4, -16, 4]) },
    Case { number: 107, subscripts: "..., ...", call: call_100,
        shapes: &[&[3, 10], &[2, 3, 10]], shape: &[2, 3, 10], values: Values::All(&[-6, 5, -3, 6, -12, 5, 0,
        -10, 12, -4, 0, 30, 0, 2, -12, 12, 0, -6, 20, -3, -3, -24, 5, 0, -10, -12, 2, 0, 30, 0, 2, -20, 6, 0,
        -24, 20, 0, 6, 24, 2, 0, -18, 12, -1, 3, 30, 3, 2, -20, 15, 0, 8, 20, 0, 0, -24, 8, 0, -18, 24]) },
    Case { number: 108, subscripts: "..., ...", call: call_100,
        shapes: &[&[3, 11], &[2, 3, 11]], shape: &[2, 3, 11], values: Values::All(&[-6, 5, -3, 6, -12, 5, 0,
        -10, 12, -4, 0, 30, 0, 2, -12, 12, 0, -6, 20, -3, -3, -24, 5, 0, -10, -12, 2, 0, 30, 0, -4, 12, 12, 0,
        30, 12, -4, 12, 30, 0, 2, -12, 6, 0, -6, 20, -3, 6, -24, 5, 0, -10, 12, 2, 0, 30, 0, 2, 12, 12, 0, -6,
        20, 6, -3, -24]) },
    Case { number: 109, subscripts: "..., ...", call: call_100,
        shapes: &[&[3, 12], &[2, 3, 12]], shape: &[2, 3, 12], values: Values::All(&[-6, 5, -3, 6, -12, 5, 0,
        -10, 12, -4, 0, 30, 0, 2, -12, 12, 0, -6, 20, -3, -3, -24, 5, 0, -10, -12, 2, 0, 30, 0, -4, 12, 12, 0,
        -6, -12, -2, -15, 18, -2, 4, -15, 0, -2, -4, 10, 0, -12, -16, -5, 0, -12, 4, -2, 0, 18, 4, 4, -15, 0,
        -2, 4, 10, 0, 6, -16, 10, 0, -12, -4, -2, 0]) },
    Case { number: 110, subscripts: "..., ...", call: call_100,
        shapes: &[&[3, 13], &[2, 3, 13]], shape: &[2, 3, 13], values: Values::All(&[-6, 5, -3, 6, -12, 5, 0,
        -10, 12, -4, 0, 30, 0, 2, -12, 12, 0, -6, 20, -3, -3, -24, 5, 0, -10, -12, 2, 0, 30, 0, -4, 12, 12, 0,
        -6, -12, 6, -3, -6, -1, -5, -9, -6, -4, -5, 0, -6, -8, -8, 0, 0, -8, -4, -6, 0, 6, -4, -5, -9, 6, -4,
        -5, 0, -6, -4, -8, 0, 0, -8, -8, -6, 0, 6, -4, -6, -9, 6, -1]) },
    Case { number: 111, subscripts: "...A,...A", call: call_111,
        shapes: &[&[2, 3, 1], &[1]], shape: &[2, 3], values: Values::All(&[-6, 30, 18, -12, -24, 30]) },
    Case { number: 112, subscripts: "...A,...A", call: call_111,
        shapes: &[&[2, 3, 2], &[2]], shape: &[2, 3], values: Values::All(&[-1, 16, -19, -2, 26, 6]) },
    Case { number: 113, subscripts: "...i, ...i", call: call_113,
        shapes: &[&[2, 3, 3], &[3]], shape: &[2, 3], values: Values::All(&[-4, -21, -6, 6, 26, 38]) },
    Case { number: 114, subscripts: "...i, ...i", call: call_113,
        shapes: &[&[2, 3, 4], &[4]], shape: &[2, 3], values: Values::All(&[2, -13, 8, 8, -9, -3]) },
    Case { number: 115, subscripts: "...i, ...i", call: call_113,
        shapes: &[&[2, 3, 6], &[6]], shape: &[2, 3], values: Values::All(&[-5, -6, 10, 59, 4, -6]) },
    Case { number: 116, subscripts: "...i, ...i", call: call_113,
        shapes: &[&[2, 3, 8], &[8]], shape: &[2, 3], values: Values::All(&[-15, 61, -30, -19, 86, -3]) },
    Case { number: 117, subscripts: "...i, ...i", call: call_113,
        shapes: &[&[2, 3, 9], &[9]], shape: &[2, 3], values: Values::All(&[-3, -34, 53, -25, 53, 19]) },
    Case { number: 118, subscripts: "...A,...A", call: call_111,
        shapes: &[&[2, 3, 9], &[9]], shape: &[2, 3], values: Values::All(&[-3, -34, 53, -25, 53, 19]) },
    Case { number: 119, subscripts: "A...,A...", call: call_119,
        shapes: &[&[2, 3, 2], &[2]], shape: &[3, 2], values: Values::All(&[-6, 28, 22, -10, -24, 36]) },
    Case { number: 120, subscripts: "A...,A...", call: call_119,
        shapes: &[&[4, 3, 2], &[4]], shape: &[3, 2], values: Values::All(&[-25, 20, 22, -4, -40, 37]) },
    Case { number: 121, subscripts: "i..., i...", call: call_121,
        shapes: &[&[5, 3, 2], &[5]], shape: &[3, 2], values: Values::All(&[-31, 8, 28, -4, -22, 49]) },
    Case { number: 122, subscripts: "i..., i...", call: call_121,
        shapes: &[&[6, 3, 2], &[6]], shape: &[3, 2], values: Values::All(&[-29, 5, 34, -3, -23, 46]) },
    Case { number: 123, subscripts: "A...,A...", call: call_119,
        shapes: &[&[6, 3, 2], &[6]], shape: &[3, 2], values: Values::All(&[-29, 5, 34, -3, -23, 46]) },
    Case { number: 124, subscripts: "i..., i...", call: call_121,
        shapes: &[&[7, 3, 2], &[7]], shape: &[3, 2], values: Values::All(&[-41, 1, 38, -23, -35, 54]) },
    Case { number: 125, subscripts: "i..., i...", call: call_121,
        shapes: &[&[9, 3, 2], &[9]], shape: &[3, 2], values: Values::All(&[-61, 44, 50, -36, -24, 82]) },
    Case { number: 126, subscripts: "A...,A...", call: call_119,
        shapes: &[&[10, 3, 2], &[10]], shape: &[3, 2], values: Values::All(&[-63, 46, 40, -42, -26, 90]) },
    Case { number: 203, subscripts: "...,...", call: call_203,
        shapes: &[&[1], &[1]], shape: &[1], values: Values::All(&[-6]) },
    Case { number: 209, subscripts: "...,...", call: call_203,
        shapes: &[&[3], &[3]], shape: &[3], values: Values::All(&[-6, 5, -3]) },
    Case { number: 211, subscripts: "...,...", call: call_203,
        shapes: &[&[4], &[4]], shape: &[4], values: Values::All(&[-6, 5, -3, 6]) },
    Case { number: 212, subscripts: "...,...", call: call_203,
        shapes: &[&[5], &[5]], shape: &[5], values: Values::All(&[-6, 5, -3, 6, -12]) },
    Case { number: 216, subscripts: "...,...", call: call_203,
        shapes: &[&[6], &[6]], shape: &[6], values: Values::All(&[-6, 5, -3, 6, -12, 5]) },
    Case { number: 219, subscripts: "...,...", call: call_203,
        shapes: &[&[7], &[7]], shape: &[7], values: Values::All(&[-6, 5, -3, 6, -12, 5, 0]) },
    Case { number: 221, subscripts: "...,...", call: call_203,
        shapes: &[&[8], &[8]], shape: &[8], values: Values::All(&[-6, 5, -3, 6, -12, 5, 0, -10]) },
    Case { number: 227, subscripts: "...,...", call: call_203,
        shapes: &[&[11], &[11]], shape: &[11], values: Values::All(&[-6, 5, -3, 6, -12, 5, 0, -10, 12, -4, 0])
        },
    Case { number: 231, subscripts: "...,...", call: call_203,
        shapes: &[&[13], &[13]], shape: &[13], values: Values::All(&[-6, 5, -3, 6, -12, 5, 0, -10, 12, -4, 0,
        30, 0]) },
    Case { number: 237, subscripts: "...,...", call: call_203,
        shapes: &[&[15], &[15]], shape: &[15], values: Values::All(&[-6, 5, -3, 6, -12, 5, 0, -10, 12, -4, 0,
        30, 0, 2, -12]) },
    Case { number: 253, subscripts: "...,...", call: call_203,
        shapes: &[&[21], &[21]], shape: &[21], values: Values::All(&[-6, 5, -3, 6, -12, 5, 0, -10, 12, -4, 0,
        30, 0, 2, -12, 12, 0, -6, 20, -3, -3]) },
    Case { number: 256, subscripts: "...,...", call: call_203,
        shapes: &[&[22], &[22]], shape: &[22], values: Values::All(&[-6, 5, -3, 6, -12, 5, 0, -10, 12, -4, 0,
        30, 0, 2, -12, 12, 0, -6, 20, -3, -3, -24]) },
    Case { number: 262, subscripts: "...,...", call: call_203,
        shapes: &[&[24], &[24]], shape: &[24], values: Values::All(&[-6, 5, -3, 6, -12, 5, 0, -10, 12, -4, 0,
        30, 0, 2, -12, 12, 0, -6, 20, -3, -3, -24, 5, 0]) },
    Case { number: 268, subscripts: "ij...,j...->i...", call: call_268,
        shapes: &[&[1, 2], &[2, 2, 1]], shape: &[1, 2, 1], values: Values::All(&[-11, -16]) },
    Case { number: 317, subscripts: "ij...,j...->ij...", call: call_317,
        shapes: &[&[2, 3, 4], &[3]], shape: &[2, 3, 4], values: Values::All(&[-6, 30, 18, -12, -4, 5, 0, -2,
        -4, -2, 0, -6, 24, -6, -18, 36, 1, -1, 5, 3, -1, 4, -5, 0]) },
    Case { number: 318, subscripts: "ij...,...j->ij...", call: call_318,
        shapes: &[&[2, 3, 4], &[3]], shape: &[2, 3, 4], values: Values::All(&[-6, 30, 18, -12, -4, 5, 0, -2,
        -4, -2, 0, -6, 24, -6, -18, 36, 1, -1, 5, 3, -1, 4, -5, 0]) },
    Case { number: 319, subscripts: "ik,k...->i...", call: call_319,
        shapes: &[&[4, 3], &[3, 2]], shape: &[4, 2], values: Values::All(&[-2, -13, 7, 15, 14, 10, 30, 8]) },
    Case { number: 321, subscripts: "...kl,k...", call: call_321,
        shapes: &[&[2, 3, 4, 5], &[4]], shape: &[2, 3, 5], values: Values::All(&[-19, 21, 15, -22, -28, 9,
        -28, 21, 8, -22, 15, -22, -28, 21, 17, 21, 8, -22, -28, 12, -28, 21, 17, -22, 18, -22, -28, 12, 17,
        26]) },
    Case { number: 328, subscripts: "...j,j", call: call_328,
        shapes: &[&[5, 5], &[5]], shape: &[5], values: Values::All(&[-10, 26, -4, 32, -9]) },
    Case { number: 329, subscripts: "..., ...", call: call_329,
        shapes: &[&[], &[2, 3]], shape: &[2, 3], values: Values::All(&[-6, -1, 1, 3, -3, -1]) },
    Case { number: 333, subscripts: "ki,...k->i...", call: call_333,
        shapes: &[&[3, 2], &[4, 3]], shape: &[2, 4], values: Values::All(&[1, 8, 7, -30, 23, -16, -15, 23]) },
    Case { number: 334, subscripts: "k...,jk", call: call_334,
        shapes: &[&[3, 2], &[4, 3]], shape: &[2, 4], values: Values::All(&[1, 8, 7, -30, 23, -16, -15, 23]) },
    Case { number: 336, subscripts: "ij...,jk...->ik...", call: call_336,
        shapes: &[&[2, 3, 5], &[3, 4, 5]], shape: &[2, 4, 5], values: Values::All(&[-21, -13, 7, 1, 1, 14, -2,
        15, 18, -7, -6, 13, 12, 2, -4, 18, 24, 20, 19, -12, 37, -29, 6, -9, -5, -11, -2, -25, -9, 14, -26, 17,
        10, 2, 0, -8, 0, -21, 2, 19]) },
];

#[test]
fn two_operands_with_ellipsis() {
    run(TWO_OPERANDS_WITH_ELLIPSIS);
}

#[rustfmt::skip]
const OUTER_PRODUCT: &[Case] = &[
    Case { number: 127, subscripts: "i,j", call: call_127,
        shapes: &[&[3], &[2]], shape: &[3, 2], values: Values::All(&[-6, -1, 30, 5, 18, 3]) },
    Case { number: 128, subscripts: "i,j", call: call_127,
        shapes: &[&[3], &[3]], shape: &[3, 3], values: Values::All(&[-6, -1, 1, 30, 5, -5, 18, 3, -3]) },
    Case { number: 129, subscripts: "i,j", call: call_127,
        shapes: &[&[3], &[5]], shape: &[3, 5], values: Values::All(&[-6, -1, 1, 3, -3, 30, 5, -5, -15, 15, 18,
        3, -3, -9, 9]) },
    Case { number: 130, subscripts: "A,B", call: call_130,
        shapes: &[&[3], &[6]], shape: &[3, 6], values: Values::All(&[-6, -1, 1, 3, -3, -1, 30, 5, -5, -15, 15,
        5, 18, 3, -3, -9, 9, 3]) },
    Case { number: 131, subscripts: "i,j", call: call_127,
        shapes: &[&[3], &[7]], shape: &[3, 7], values: Values::All(&[-6, -1, 1, 3, -3, -1, 4, 30, 5, -5, -15,
        15, 5, -20, 18, 3, -3, -9, 9, 3, -12]) },
    Case { number: 132, subscripts: "A,B", call: call_130,
        shapes: &[&[3], &[7]], shape: &[3, 7], values: Values::All(&[-6, -1, 1, 3, -3, -1, 4, 30, 5, -5, -15,
        15, 5, -20, 18, 3, -3, -9, 9, 3, -12]) },
    Case { number: 133, subscripts: "A,B", call: call_130,
        shapes: &[&[3], &[8]], shape: &[3, 8], values: Values::All(&[-6, -1, 1, 3, -3, -1, 4, -5, 30, 5, -5,
        -15, 15, 5, -20, 25, 18, 3, -3, -9, 9, 3, -12, 15]) },
    Case { number: 134, subscripts: "i,j", call: call_127,
        shapes: &[&[3], &[10]], shape: &[3, 10], values: Values::All(&[-6, -1, 1, 3, -3, -1, 4, -5, -3, 2, 30,
        5, -5, -15, 15, 5, -20, 25, 15, -10, 18, 3, -3, -9, 9, 3, -12, 15, 9, -6]) },
    Case { number: 135, subscripts: "A,B", call: call_130,
        shapes: &[&[3], &[10]], shape: &[3, 10], values: Values::All(&[-6, -1, 1, 3, -3, -1, 4, -5, -3, 2, 30,
        5, -5, -15, 15, 5, -20, 25, 15, -10, 18, 3, -3, -9, 9, 3, -12, 15, 9, -6]) },
    Case { number: 136, subscripts: "i,j", call: call_127,
        shapes: &[&[3], &[12]], shape: &[3, 12], values: Values::All(&[-6, -1, 1, 3, -3, -1, 4, -5, -3, 2, 4,
        -5, 30, 5, -5, -15, 15, 5, -20, 25, 15, -10, -20, 25, 18, 3, -3, -9, 9, 3, -12, 15, 9, -6, -12, 15])
        },
    Case { number: 137, subscripts: "i,j", call: call_127,
        shapes: &[&[3], &[14]], shape: &[3, 14], values: Values::All(&[-6, -1, 1, 3, -3, -1, 4, -5, -3, 2, 4,
        -5, 0, 2, 30, 5, -5, -15, 15, 5, -20, 25, 15, -10, -20, 25, 0, -10, 18, 3, -3, -9, 9, 3, -12, 15, 9,
        -6, -12, 15, 0, -6]) },
    Case { number: 138, subscripts: "A,B", call: call_130,
        shapes: &[&[3], &[14]], shape: &[3, 14], values: Values::All(&[-6, -1, 1, 3, -3, -1, 4, -5, -3, 2, 4,
        -5, 0, 2, 30, 5, -5, -15, 15, 5, -20, 25, 15, -10, -20, 25, 0, -10, 18, 3, -3, -9, 9, 3, -12, 15, 9,
        -6, -12, 15, 0, -6]) },
    Case { number: 139, subscripts: "i,j", call: call_127,
        shapes: &[&[3], &[15]], shape: &[3, 15], values: Values::All(&[-6, -1, 1, 3, -3, -1, 4, -5, -3, 2, 4,
        -5, 0, 2, -4, 30, 5, -5, -15, 15, 5, -20, 25, 15, -10, -20, 25, 0, -10, 20, 18, 3, -3, -9, 9, 3, -12,
        15, 9, -6, -12, 15, 0, -6, 12]) },
    Case { number: 140, subscripts: "i,j", call: call_127,
        shapes: &[&[3], &[16]], shape: &[3, 16], values: Values::All(&[-6, -1, 1, 3, -3, -1, 4, -5, -3, 2, 4,
        -5, 0, 2, -4, -2, 30, 5, -5, -15, 15, 5, -20, 25, 15, -10, -20, 25, 0, -10, 20, 10, 18, 3, -3, -9, 9,
        3, -12, 15, 9, -6, -12, 15, 0, -6, 12, 6]) },
    Case { number: 141, subscripts: "A,B", call: call_130,
        shapes: &[&[3], &[16]], shape: &[3, 16], values: Values::All(&[-6, -1, 1, 3, -3, -1, 4, -5, -3, 2, 4,
        -5, 0, 2, -4, -2, 30, 5, -5, -15, 15, 5, -20, 25, 15, -10, -20, 25, 0, -10, 20, 10, 18, 3, -3, -9, 9,
        3, -12, 15, 9, -6, -12, 15, 0, -6, 12, 6]) },
    Case { number: 331, subscripts: "i,j", call: call_127,
        shapes: &[&[2], &[5]], shape: &[2, 5], values: Values::All(&[-6, -1, 1, 3, -3, 30, 5, -5, -15, 15]) },
];

#[test]
fn outer_product() {
    run(OUTER_PRODUCT);
}

#[rustfmt::skip]
const MATRIX_MATRIX: &[Case] = &[
    Case { number: 181, subscripts: "ij,jk", call: call_181,
        shapes: &[&[4, 2], &[2, 6]], shape: &[4, 6], values: Values::All(&[-26, 24, 16, -7, -23, 24, 26, -7,
        -9, -5, 17, -7, -44, 21, 19, 2, -32, 21, 8, -10, -6, 4, 8, -10]) },
    Case { number: 182, subscripts: "ij,jk", call: call_181,
        shapes: &[&[4, 3], &[3, 6]], shape: &[4, 6], values: Values::All(&[-26, 18, 28, -1, -23, 42, 4, -32,
        10, 24, 10, 8, 8, -18, 10, 12, 8, 14, 12, -10, 22, 6, 6, 38]) },
    Case { number: 183, subscripts: "AB,BC", call: call_183,
        shapes: &[&[4, 3], &[3, 6]], shape: &[4, 6], values: Values::All(&[-26, 18, 28, -1, -23, 42, 4, -32,
        10, 24, 10, 8, 8, -18, 10, 12, 8, 14, 12, -10, 22, 6, 6, 38]) },
    Case { number: 184, subscripts: "ij,jk", call: call_181,
        shapes: &[&[4, 4], &[4, 6]], shape: &[4, 6], values: Values::All(&[-34, 20, 34, -13, -25, 44, -52, 23,
        25, -10, -34, 23, 40, 8, -16, 20, 10, 8, 52, -1, -37, 20, 22, -25]) },
    Case { number: 185, subscripts: "AB,BC", call: call_183,
        shapes: &[&[4, 4], &[4, 6]], shape: &[4, 6], values: Values::All(&[-34, 20, 34, -13, -25, 44, -52, 23,
        25, -10, -34, 23, 40, 8, -16, 20, 10, 8, 52, -1, -37, 20, 22, -25]) },
    Case { number: 186, subscripts: "ij,jk", call: call_181,
        shapes: &[&[4, 6], &[6, 6]], shape: &[4, 6], values: Values::All(&[-64, -12, 40, 3, -15, 64, 4, -44,
        16, 24, 46, 36, 59, 6, -38, 16, 21, -29, 27, 37, 25, -63, 24, 30]) },
    Case { number: 187, subscripts: "ij,jk", call: call_181,
        shapes: &[&[4, 7], &[7, 6]], shape: &[4, 6], values: Values::All(&[-64, -12, 40, 3, -15, 64, -8, 19,
        30, -23, 33, 49, -25, 26, 45, -26, 8, 43, -76, 3, 25, 6, -42, 31]) },
    Case { number: 188, subscripts: "AB,BC", call: call_183,
        shapes: &[&[4, 7], &[7, 6]], shape: &[4, 6], values: Values::All(&[-64, -12, 40, 3, -15, 64, -8, 19,
        30, -23, 33, 49, -25, 26, 45, -26, 8, 43, -76, 3, 25, 6, -42, 31]) },
    Case { number: 189, subscripts: "ij,jk", call: call_181,
        shapes: &[&[4, 8], &[8, 6]], shape: &[4, 6], values: Values::All(&[-70, -14, 42, -7, -21, 68, 74, 39,
        -38, 31, 45, 1, 45, -13, 30, 28, -14, -8, 21, -33, 27, -19, 53, 6]) },
    Case { number: 190, subscripts: "AB,BC", call: call_183,
        shapes: &[&[4, 8], &[8, 6]], shape: &[4, 6], values: Values::All(&[-70, -14, 42, -7, -21, 68, 74, 39,
        -38, 31, 45, 1, 45, -13, 30, 28, -14, -8, 21, -33, 27, -19, 53, 6]) },
    Case { number: 191, subscripts: "ij,jk", call: call_181,
        shapes: &[&[4, 9], &[9, 6]], shape: &[4, 6], values: Values::All(&[-86, 6, 42, -15, -5, 76, 48, -27,
        38, 47, -20, 0, 3, 49, 17, -89, 22, 48, -32, -32, 44, 22, -17, 69]) },
    Case { number: 192, subscripts: "AB,BC", call: call_183,
        shapes: &[&[4, 9], &[9, 6]], shape: &[4, 6], values: Values::All(&[-86, 6, 42, -15, -5, 76, 48, -27,
        38, 47, -20, 0, 3, 49, 17, -89, 22, 48, -32, -32, 44, 22, -17, 69]) },
    Case { number: 193, subscripts: "ij,jk", call: call_181,
        shapes: &[&[4, 10], &[10, 6]], shape: &[4, 6], values: Values::All(&[-86, 18, 50, -17, -11, 88, -76,
        29, 65, -15, 3, 106, 0, 29, 25, 9, -5, 25, 42, 0, 40, 27, -23, 27]) },
    Case { number: 194, subscripts: "AB,BC", call: call_183,
        shapes: &[&[4, 10], &[10, 6]], shape: &[4, 6], values: Values::All(&[-86, 18, 50, -17, -11, 88, -76,
        29, 65, -15, 3, 106, 0, 29, 25, 9, -5, 25, 42, 0, 40, 27, -23, 27]) },
    Case { number: 195, subscripts: "ij,jk", call: call_181,
        shapes: &[&[4, 14], &[14, 6]], shape: &[4, 6], values: Values::All(&[-31, 37, 43, -54, 26, 87, -67,
        57, 51, -52, 18, 71, 57, 79, 17, -121, 65, 63, 0, 57, -5, -40, 51, 29]) },
    Case { number: 196, subscripts: "AB,BC", call: call_183,
        shapes: &[&[4, 14], &[14, 6]], shape: &[4, 6], values: Values::All(&[-31, 37, 43, -54, 26, 87, -67,
        57, 51, -52, 18, 71, 57, 79, 17, -121, 65, 63, 0, 57, -5, -40, 51, 29]) },
    Case { number: 197, subscripts: "AB,BC", call: call_183,
        shapes: &[&[4, 15], &[15, 6]], shape: &[4, 6], values: Values::All(&[-40, 43, 55, -69, 26, 93, 84, -4,
        -76, 25, 59, 32, 6, -34, 66, 61, -53, 36, -12, 70, 47, -102, 71, 93]) },
    Case { number: 269, subscripts: "AU,UC->AC", call: call_269,
        shapes: &[&[2, 3], &[3, 4]], shape: &[2, 4], values: Values::All(&[18, -2, -31, 43, -9, -16, -2, 11])
        },
    Case { number: 270, subscripts: "Ab,bC->AC", call: call_270,
        shapes: &[&[2, 3], &[3, 4]], shape: &[2, 4], values: Values::All(&[18, -2, -31, 43, -9, -16, -2, 11])
        },
    Case { number: 271, subscripts: "Az,zC->AC", call: call_271,
        shapes: &[&[2, 3], &[3, 4]], shape: &[2, 4], values: Values::All(&[18, -2, -31, 43, -9, -16, -2, 11])
        },
    Case { number: 272, subscripts: "zF,FC->zC", call: call_272,
        shapes: &[&[2, 3], &[3, 4]], shape: &[2, 4], values: Values::All(&[18, -2, -31, 43, -9, -16, -2, 11])
        },
    Case { number: 275, subscripts: "ij,jk->ik", call: call_275,
        shapes: &[&[2, 2], &[2, 2]], shape: &[2, 2], values: Values::All(&[-11, -16, 20, 9]) },
    Case { number: 332, subscripts: "ki,jk->ij", call: call_332,
        shapes: &[&[3, 2], &[4, 3]], shape: &[2, 4], values: Values::All(&[1, 8, 7, -30, 23, -16, -15, 23]) },
    Case { number: 340, subscripts: "ij,jh", call: call_340,
        shapes: &[&[2, 3], &[3, 4]], shape: &[4, 2], values: Values::All(&[18, -9, -2, -16, -31, -2, 43, 11])
        },
    Case { number: 341, subscripts: "ij,jh->ih", call: call_341,
        shapes: &[&[2, 3], &[3, 4]], shape: &[2, 4], values: Values::All(&[18, -2, -31, 43, -9, -16, -2, 11])
        },
];

#[test]
fn matrix_matrix() {
    run(MATRIX_MATRIX);
}

#[rustfmt::skip]
const THREE_OPERANDS: &[Case] = &[
    Case { number: 198, subscripts: "ij,jk,kl", call: call_198,
        shapes: &[&[3, 4], &[4, 5], &[5, 6]], shape: &[3, 6], values: Values::All(&[-122, 55, -41, -64, -107,
        138, -338, 43, 73, -136, -206, 264, -108, 168, 424, 128, -102, 198]) },
    Case { number: 199, subscripts: "A,A,A->A", call: call_199,
        shapes: &[&[8], &[8], &[8]], shape: &[8], values: Values::All(&[-12, 0, -18, 24, -24, -15, 0, -10]) },
    Case { number: 274, subscripts: "im,im,im->m", call: call_274,
        shapes: &[&[5, 5], &[5, 5], &[5, 5]], shape: &[5], values: Values::All(&[-63, -18, -58, 22, -82]) },
    Case { number: 277, subscripts: "i,i,i->", call: call_277,
        shapes: &[&[5], &[5], &[5]], shape: &[], values: Values::All(&[-30]) },
    Case { number: 278, subscripts: "a,b,ab->ab", call: call_278,
        shapes: &[&[2], &[3], &[2, 3]], shape: &[2, 3], values: Values::All(&[-12, 0, 6, 120, 10, 15]) },
    Case { number: 282, subscripts: "ab,ab,c->c", call: call_282,
        shapes: &[&[2, 3], &[2, 3], &[4]], shape: &[4], values: Values::All(&[-10, 0, -30, -20]) },
    Case { number: 285, subscripts: "eb,cb,fb->cef", call: call_285,
        shapes: &[&[4, 3], &[4, 3], &[3, 3]], shape: &[4, 4, 3], values: Values::All(&[-30, -5, -28, -54, -41,
        -71, -24, 8, 2, -12, 66, 78, 24, 33, 30, 42, -15, 19, 24, -24, -10, 24, -42, -42, 62, 39, 40, 106,
        -53, 13, 72, -56, -22, 92, -86, -66, 94, -77, -23, 158, -27, 15, 120, -44, -12, 172, -106, -54]) },
    Case { number: 291, subscripts: "ba,ac,da->bcd", call: call_291,
        shapes: &[&[3, 2], &[2, 4], &[5, 2]], shape: &[3, 4, 5], values: Values::All(&[-12, 24, -57, -21, -39,
        -2, 14, -17, -1, -14, 2, -74, 62, -14, 59, 6, 118, -69, 43, -78, 36, 84, 54, 102, 0, 6, 10, 12, 16, 3,
        -6, 14, -30, -10, -21, -18, -94, 12, -64, 39, -48, -84, -93, -129, -21, -8, -4, -23, -19, -11, 8, -56,
        68, 4, 56, 24, 172, -51, 97, -87]) },
    Case { number: 299, subscripts: "ijk,kl,jl", call: call_299,
        shapes: &[&[1, 5, 4], &[4, 6], &[5, 6]], shape: &[1], values: Values::All(&[-692]) },
    Case { number: 304, subscripts: "a,b,c->abc", call: call_304,
        shapes: &[&[2], &[3], &[4]], shape: &[2, 3, 4], values: Values::All(&[-12, 0, -36, -24, -2, 0, -6, -4,
        2, 0, 6, 4, 60, 0, 180, 120, 10, 0, 30, 20, -10, 0, -30, -20]) },
];

#[test]
fn three_operands() {
    run(THREE_OPERANDS);
}

#[rustfmt::skip]
const VECTOR_VECTOR: &[Case] = &[
    Case { number: 204, subscripts: "i,i", call: call_204,
        shapes: &[&[1], &[1]], shape: &[], values: Values::All(&[-6]) },
    Case { number: 213, subscripts: "i,i", call: call_204,
        shapes: &[&[5], &[5]], shape: &[], values: Values::All(&[-10]) },
    Case { number: 217, subscripts: "i,i", call: call_204,
        shapes: &[&[6], &[6]], shape: &[], values: Values::All(&[-5]) },
    Case { number: 225, subscripts: "i,i", call: call_204,
        shapes: &[&[10], &[10]], shape: &[], values: Values::All(&[-7]) },
    Case { number: 232, subscripts: "i,i", call: call_204,
        shapes: &[&[13], &[13]], shape: &[], values: Values::All(&[23]) },
    Case { number: 238, subscripts: "i,i", call: call_204,
        shapes: &[&[15], &[15]], shape: &[], values: Values::All(&[13]) },
    Case { number: 241, subscripts: "i,i", call: call_204,
        shapes: &[&[16], &[16]], shape: &[], values: Values::All(&[25]) },
    Case { number: 245, subscripts: "i,i", call: call_204,
        shapes: &[&[17], &[17]], shape: &[], values: Values::All(&[25]) },
    Case { number: 250, subscripts: "i,i", call: call_204,
        shapes: &[&[20], &[20]], shape: &[], values: Values::All(&[36]) },
    Case { number: 254, subscripts: "i,i", call: call_204,
        shapes: &[&[21], &[21]], shape: &[], values: Values::All(&[33]) },
    Case { number: 263, subscripts: "i,i", call: call_204,
        shapes: &[&[24], &[24]], shape: &[], values: Values::All(&[14]) },
    Case { number: 276, subscripts: "i,i->i", call: call_276,
        shapes: &[&[7], &[7]], shape: &[7], values: Values::All(&[-6, 5, -3, 6, -12, 5, 0]) },
];

#[test]
fn vector_vector() {
    run(VECTOR_VECTOR);
}

#[rustfmt::skip]
const SCALAR_TIMES_ARRAY: &[Case] = &[
    Case { number: 205, subscripts: "i,->i", call: call_205,
        shapes: &[&[0], &[]], shape: &[0], values: Values::All(&[]) },
    Case { number: 206, subscripts: "i,->i", call: call_205,
        shapes: &[&[2], &[]], shape: &[2], values: Values::All(&[-6, 30]) },
    Case { number: 207, subscripts: "i,->", call: call_207,
        shapes: &[&[2], &[]], shape: &[], values: Values::All(&[24]) },
    Case { number: 208, subscripts: ",i->", call: call_208,
        shapes: &[&[], &[2]], shape: &[], values: Values::All(&[-7]) },
    Case { number: 210, subscripts: "i,->i", call: call_205,
        shapes: &[&[3], &[]], shape: &[3], values: Values::All(&[-6, 30, 18]) },
    Case { number: 214, subscripts: "i,->i", call: call_205,
        shapes: &[&[5], &[]], shape: &[5], values: Values::All(&[-6, 30, 18, -12, -24]) },
    Case { number: 215, subscripts: "i,->", call: call_207,
        shapes: &[&[5], &[]], shape: &[], values: Values::All(&[6]) },
    Case { number: 218, subscripts: "i,->i", call: call_205,
        shapes: &[&[6], &[]], shape: &[6], values: Values::All(&[-6, 30, 18, -12, -24, 30]) },
    Case { number: 220, subscripts: "i,->", call: call_207,
        shapes: &[&[7], &[]], shape: &[], values: Values::All(&[36]) },
    Case { number: 222, subscripts: ",i->i", call: call_222,
        shapes: &[&[], &[8]], shape: &[8], values: Values::All(&[-6, -1, 1, 3, -3, -1, 4, -5]) },
    Case { number: 223, subscripts: "i,->i", call: call_205,
        shapes: &[&[9], &[]], shape: &[9], values: Values::All(&[-6, 30, 18, -12, -24, 30, 0, -12, 24]) },
    Case { number: 224, subscripts: ",i->i", call: call_222,
        shapes: &[&[], &[9]], shape: &[9], values: Values::All(&[-6, -1, 1, 3, -3, -1, 4, -5, -3]) },
    Case { number: 226, subscripts: ",i->i", call: call_222,
        shapes: &[&[], &[10]], shape: &[10], values: Values::All(&[-6, -1, 1, 3, -3, -1, 4, -5, -3, 2]) },
    Case { number: 228, subscripts: ",i->", call: call_208,
        shapes: &[&[], &[11]], shape: &[], values: Values::All(&[-5]) },
    Case { number: 229, subscripts: "i,->i", call: call_205,
        shapes: &[&[12], &[]], shape: &[12], values: Values::All(&[-6, 30, 18, -12, -24, 30, 0, -12, 24, 12,
        0, 36]) },
    Case { number: 230, subscripts: ",i->i", call: call_222,
        shapes: &[&[], &[12]], shape: &[12], values: Values::All(&[-6, -1, 1, 3, -3, -1, 4, -5, -3, 2, 4, -5])
        },
    Case { number: 233, subscripts: "i,->i", call: call_205,
        shapes: &[&[13], &[]], shape: &[13], values: Values::All(&[-6, 30, 18, -12, -24, 30, 0, -12, 24, 12,
        0, 36, 24]) },
    Case { number: 234, subscripts: ",i->i", call: call_222,
        shapes: &[&[], &[13]], shape: &[13], values: Values::All(&[-6, -1, 1, 3, -3, -1, 4, -5, -3, 2, 4, -5,
        0]) },
    Case { number: 235, subscripts: ",i->", call: call_208,
        shapes: &[&[], &[13]], shape: &[], values: Values::All(&[-10]) },
    Case { number: 236, subscripts: "i,->i", call: call_205,
        shapes: &[&[14], &[]], shape: &[14], values: Values::All(&[-6, 30, 18, -12, -24, 30, 0, -12, 24, 12,
        0, 36, 24, -6]) },
    Case { number: 239, subscripts: "i,->i", call: call_205,
        shapes: &[&[15], &[]], shape: &[15], values: Values::All(&[-6, 30, 18, -12, -24, 30, 0, -12, 24, 12,
        0, 36, 24, -6, -18]) },
    Case { number: 240, subscripts: ",i->", call: call_208,
        shapes: &[&[], &[15]], shape: &[], values: Values::All(&[-12]) },
    Case { number: 242, subscripts: "i,->i", call: call_205,
        shapes: &[&[16], &[]], shape: &[16], values: Values::All(&[-6, 30, 18, -12, -24, 30, 0, -12, 24, 12,
        0, 36, 24, -6, -18, 36]) },
    Case { number: 243, subscripts: ",i->i", call: call_222,
        shapes: &[&[], &[16]], shape: &[16], values: Values::All(&[-6, -1, 1, 3, -3, -1, 4, -5, -3, 2, 4, -5,
        0, 2, -4, -2]) },
    Case { number: 244, subscripts: ",i->", call: call_208,
        shapes: &[&[], &[16]], shape: &[], values: Values::All(&[-14]) },
    Case { number: 246, subscripts: "i,->i", call: call_205,
        shapes: &[&[17], &[]], shape: &[17], values: Values::All(&[-6, 30, 18, -12, -24, 30, 0, -12, 24, 12,
        0, 36, 24, -6, -18, 36, 6]) },
    Case { number: 247, subscripts: "i,->", call: call_207,
        shapes: &[&[17], &[]], shape: &[], values: Values::All(&[138]) },
    Case { number: 248, subscripts: ",i->", call: call_208,
        shapes: &[&[], &[17]], shape: &[], values: Values::All(&[-14]) },
    Case { number: 249, subscripts: "i,->i", call: call_205,
        shapes: &[&[19], &[]], shape: &[19], values: Values::All(&[-6, 30, 18, -12, -24, 30, 0, -12, 24, 12,
        0, 36, 24, -6, -18, 36, 6, -6, 30]) },
    Case { number: 251, subscripts: "i,->i", call: call_205,
        shapes: &[&[20], &[]], shape: &[20], values: Values::All(&[-6, 30, 18, -12, -24, 30, 0, -12, 24, 12,
        0, 36, 24, -6, -18, 36, 6, -6, 30, 18]) },
    Case { number: 252, subscripts: "i,->", call: call_207,
        shapes: &[&[20], &[]], shape: &[], values: Values::All(&[180]) },
    Case { number: 255, subscripts: "i,->", call: call_207,
        shapes: &[&[21], &[]], shape: &[], values: Values::All(&[186]) },
    Case { number: 257, subscripts: "i,->i", call: call_205,
        shapes: &[&[22], &[]], shape: &[22], values: Values::All(&[-6, 30, 18, -12, -24, 30, 0, -12, 24, 12,
        0, 36, 24, -6, -18, 36, 6, -6, 30, 18, 6, -24]) },
    Case { number: 258, subscripts: ",i->i", call: call_222,
        shapes: &[&[], &[22]], shape: &[22], values: Values::All(&[-6, -1, 1, 3, -3, -1, 4, -5, -3, 2, 4, -5,
        0, 2, -4, -2, 0, -6, -4, 1, 3, -6]) },
    Case { number: 259, subscripts: "i,->", call: call_207,
        shapes: &[&[22], &[]], shape: &[], values: Values::All(&[162]) },
    Case { number: 260, subscripts: ",i->", call: call_208,
        shapes: &[&[], &[22]], shape: &[], values: Values::All(&[-26]) },
    Case { number: 261, subscripts: "i,->i", call: call_205,
        shapes: &[&[23], &[]], shape: &[23], values: Values::All(&[-6, 30, 18, -12, -24, 30, 0, -12, 24, 12,
        0, 36, 24, -6, -18, 36, 6, -6, 30, 18, 6, -24, 30]) },
    Case { number: 264, subscripts: "i,->i", call: call_205,
        shapes: &[&[24], &[]], shape: &[24], values: Values::All(&[-6, 30, 18, -12, -24, 30, 0, -12, 24, 12,
        0, 36, 24, -6, -18, 36, 6, -6, 30, 18, 6, -24, 30, 0]) },
    Case { number: 265, subscripts: ",i->i", call: call_222,
        shapes: &[&[], &[24]], shape: &[24], values: Values::All(&[-6, -1, 1, 3, -3, -1, 4, -5, -3, 2, 4, -5,
        0, 2, -4, -2, 0, -6, -4, 1, 3, -6, -1, 1]) },
    Case { number: 266, subscripts: "i,->", call: call_207,
        shapes: &[&[24], &[]], shape: &[], values: Values::All(&[192]) },
    Case { number: 267, subscripts: ",i->", call: call_208,
        shapes: &[&[], &[24]], shape: &[], values: Values::All(&[-26]) },
    Case { number: 330, subscripts: ",ij", call: call_330,
        shapes: &[&[], &[2, 3]], shape: &[2, 3], values: Values::All(&[-6, -1, 1, 3, -3, -1]) },
];

#[test]
fn scalar_times_array() {
    run(SCALAR_TIMES_ARRAY);
}

#[rustfmt::skip]
const TWO_OPERANDS_OF_HIGHER_RANK: &[Case] = &[
    Case { number: 273, subscripts: "cl, cpxy->lpxy", call: call_273,
        shapes: &[&[3, 3], &[3, 3, 64, 64]], shape: &[3, 3, 64, 64], values: Values::Digest { first: &[-16,
        -1, 5, 11, -7, -1, -8, -13, -7, 8, -8, -13, 2, 8, -10, -4, 2, -16, -10, 5], sum: 97325, hash: 209332 }
        },
    Case { number: 287, subscripts: "abcd,ad", call: call_287,
        shapes: &[&[2, 3, 4, 5], &[2, 5]], shape: &[3, 4], values: Values::All(&[-31, 34, -22, 75, -47, 18,
        -38, -4, 17, -1, 42, -58]) },
    Case { number: 292, subscripts: "abc,abc", call: call_292,
        shapes: &[&[2, 3, 4], &[2, 3, 4]], shape: &[], values: Values::All(&[14]) },
    Case { number: 293, subscripts: "abc,bac", call: call_293,
        shapes: &[&[2, 3, 4], &[3, 2, 4]], shape: &[], values: Values::All(&[35]) },
    Case { number: 300, subscripts: "obk,ijk->ioj", call: call_300,
        shapes: &[&[2, 4, 8], &[2, 4, 8]], shape: &[2, 2, 4], values: Values::All(&[-3, 7, 51, 21, 123, 13,
        66, 119, 119, 52, 30, 44, 25, -19, 32, 46]) },
    Case { number: 301, subscripts: "jhcabhijaci,dfijejgh->fgje", call: call_301,
        shapes: &[&[1, 1, 1, 1, 3, 1, 1, 1, 1, 1, 1], &[3, 1, 3, 1, 1, 1, 1, 2]], shape: &[1, 1, 1, 1],
        values: Values::All(&[140]) },
    Case { number: 302, subscripts: "baegffahgc,hdggeff->dhg", call: call_302,
        shapes: &[&[2, 1, 4, 1, 1, 1, 1, 2, 1, 1], &[1, 1, 1, 1, 4, 1, 1]], shape: &[1, 2, 1], values:
        Values::All(&[30, 30]) },
    Case { number: 303, subscripts: "cehgbaifff,fhhdegih->cdghbi", call: call_303,
        shapes: &[&[1, 1, 1, 1, 1, 1, 1, 1, 1, 1], &[2, 1, 1, 2, 4, 1, 1, 1]], shape: &[1, 2, 1, 1, 1, 1],
        values: Values::All(&[-5, -9]) },
    Case { number: 316, subscripts: "ijk,j->ijk", call: call_316,
        shapes: &[&[2, 3, 4], &[3]], shape: &[2, 3, 4], values: Values::All(&[-6, 30, 18, -12, -4, 5, 0, -2,
        -4, -2, 0, -6, 24, -6, -18, 36, 1, -1, 5, 3, -1, 4, -5, 0]) },
    Case { number: 320, subscripts: "ijkl,k->ijl", call: call_320,
        shapes: &[&[2, 3, 4, 5], &[4]], shape: &[2, 3, 5], values: Values::All(&[-19, 21, 15, -22, -28, 9,
        -28, 21, 8, -22, 15, -22, -28, 21, 17, 21, 8, -22, -28, 12, -28, 21, 17, -22, 18, -22, -28, 12, 17,
        26]) },
];

#[test]
fn two_operands_of_higher_rank() {
    run(TWO_OPERANDS_OF_HIGHER_RANK);
}

#[rustfmt::skip]
const FIVE_AND_MORE_OPERANDS: &[Case] = &[
    Case { number: 279, subscripts: "ea,fb,gc,hd,abcd->efgh", call: call_279,
        shapes: &[&[4, 2], &[3, 3], &[2, 4], &[6, 5], &[2, 3, 4, 5]], shape: &[4, 3, 2, 6], values:
        Values::All(&[1278, 6984, 4638, -3648, 3906, 3528, -5826, 8556, -1383, -2709, 7746, 6018, -3752,
        -3996, -3492, 5900, -1010, 3532, 643, -6696, 507, 8150, -5756, 3928, -6334, -5472, -4918, 9144, -1830,
        6960, 32, -10332, 413, 14073, -10602, 7902, -1780, 1824, -2162, 3950, -564, 2884, 3152, -708, 1471,
        6125, -5688, 2122, 3508, -596, 3638, -3348, -610, -2432, 2140, 2512, 2444, -7095, 2825, -4088, 6236,
        88, 6590, -4838, -1504, -3044, 5000, 4996, 5729, -11435, 4610, -6026, 2742, 1656, 4992, -6522, 2754,
        -1428, -6774, 5424, -2442, -8526, 10734, 792, -6068, -1464, -6078, 7040, 160, 4708, -2123, -6504,
        -2547, 12575, -6359, 6832, -10606, -3048, -10252, 10506, 750, 7260, -5752, -11328, -6388, 20772,
        -11028, 11208, -316, -3504, -1808, 1076, -1716, -2072, 2204, -3840, 412, 308, -2700, -3104, 1192,
        1936, 1052, -2208, 560, -1256, -626, 2704, -610, -2670, 2222, -1184, 1964, 2512, 1256, -3476, 1076,
        -2744, -784, 4000, -1072, -4736, 4184, -2720]) },
    Case { number: 280, subscripts: "abhe,hidj,jgba,hiab,gab", call: call_280,
        shapes: &[&[2, 3, 6, 4], &[6, 5, 5, 4], &[4, 2, 3, 2], &[6, 5, 2, 3], &[2, 2, 3]], shape: &[5, 4],
        values: Values::All(&[13222, 10471, -5045, -2447, 9657, 18031, 17916, -41273, 25679, -5369, 14972,
        -28505, 273, 12292, 9342, -20348, 1233, 5221, 15424, 28858]) },
    Case { number: 281, subscripts: "bde,cdh,agdb,hica,ibd,hgicd,hiac", call: call_281,
        shapes: &[&[3, 5, 4], &[4, 5, 6], &[2, 2, 5, 3], &[6, 5, 4, 2], &[5, 3, 5], &[6, 2, 5, 4, 5], &[6, 5,
        2, 4]], shape: &[4], values: Values::All(&[-275053, 37688, -7334, -280155]) },
    Case { number: 335, subscripts: "ijk,ilm,njm,nlk,abc->", call: call_335,
        shapes: &[&[2, 4, 8], &[2, 4, 8], &[2, 4, 8], &[2, 4, 8], &[2, 4, 8]], shape: &[], values:
        Values::All(&[-520832]) },
];

#[test]
fn five_and_more_operands() {
    run(FIVE_AND_MORE_OPERANDS);
}

#[rustfmt::skip]
const FOUR_OPERANDS: &[Case] = &[
    Case { number: 283, subscripts: "ab,ab,cd,cd->", call: call_283,
        shapes: &[&[2, 3], &[2, 3], &[4, 5], &[4, 5]], shape: &[], values: Values::All(&[-20]) },
    Case { number: 284, subscripts: "ab,ab,cd,cd->ac", call: call_284,
        shapes: &[&[2, 3], &[2, 3], &[4, 5], &[4, 5]], shape: &[2, 4], values: Values::All(&[-112, -24, 76,
        44, -28, -6, 19, 11]) },
    Case { number: 286, subscripts: "bca,cdb,dbf,afc->", call: call_286,
        shapes: &[&[3, 4, 2], &[4, 5, 3], &[5, 3, 3], &[2, 3, 4]], shape: &[], values: Values::All(&[-504]) },
    Case { number: 288, subscripts: "ed,fcd,ff,bcf->be", call: call_288,
        shapes: &[&[4, 5], &[3, 4, 5], &[3, 3], &[3, 4, 3]], shape: &[3, 4], values: Values::All(&[-22, 425,
        91, 538, -547, 110, -619, 38, 273, 78, 411, 216]) },
    Case { number: 289, subscripts: "baa,dcf,af,cde->be", call: call_289,
        shapes: &[&[3, 2, 2], &[5, 4, 3], &[2, 3], &[4, 5, 4]], shape: &[3, 4], values: Values::All(&[-654,
        12, -916, -684, -1722, 444, -1966, -282, 2318, -180, 3098, 1918]) },
    Case { number: 290, subscripts: "efc,dbc,acf,fd->abe", call: call_290,
        shapes: &[&[4, 3, 4], &[5, 3, 4], &[2, 4, 3], &[3, 5]], shape: &[2, 3, 4], values: Values::All(&[526,
        1850, 1169, 859, -552, 1587, 1186, 455, 1410, -855, 1942, -1009, 372, -1820, 1044, -1458, 108, -1155,
        605, -572, 628, 794, -1458, 1458]) },
    Case { number: 294, subscripts: "aab,fa,df,ecc->bde", call: call_294,
        shapes: &[&[2, 2, 3], &[3, 2], &[5, 3], &[4, 4, 4]], shape: &[3, 5, 4], values: Values::All(&[56, -56,
        -28, 0, 92, -92, -46, 0, 112, -112, -56, 0, 16, -16, -8, 0, 48, -48, -24, 0, -600, 600, 300, 0, -260,
        260, 130, 0, -640, 640, 320, 0, 360, -360, -180, 0, 400, -400, -200, 0, -552, 552, 276, 0, -36, 36,
        18, 0, -432, 432, 216, 0, 480, -480, -240, 0, 624, -624, -312, 0]) },
    Case { number: 295, subscripts: "ecb,fef,bad,ed->ac", call: call_295,
        shapes: &[&[4, 4, 3], &[3, 4, 3], &[3, 2, 5], &[4, 5]], shape: &[2, 4], values: Values::All(&[-896,
        -319, -1386, -623, 1965, -759, -311, 1607]) },
    Case { number: 296, subscripts: "adb,bc,fa,cfc->d", call: call_296,
        shapes: &[&[2, 5, 3], &[3, 4], &[3, 2], &[4, 3, 4]], shape: &[5], values: Values::All(&[-2478, -1859,
        -1540, -830, -1484]) },
    Case { number: 297, subscripts: "bbd,bda,fc,db->acf", call: call_297,
        shapes: &[&[3, 3, 5], &[3, 5, 2], &[3, 4], &[5, 3]], shape: &[2, 4, 3], values: Values::All(&[-384,
        -384, 192, 0, 576, 576, -1152, -1152, -576, -768, -192, -192, 98, 98, -49, 0, -147, -147, 294, 294,
        147, 196, 49, 49]) },
    Case { number: 305, subscripts: "ab,bc,cd,de->ae", call: call_305,
        shapes: &[&[2, 3], &[3, 4], &[4, 5], &[5, 4]], shape: &[2, 4], values: Values::All(&[2066, 2970, 404,
        -1777, 70, 504, -266, 121]) },
];

#[test]
fn four_operands() {
    run(FOUR_OPERANDS);
}

#[rustfmt::skip]
const LARGE: &[Case] = &[
    Case { number: 315, subscripts: "i->", call: call_28,
        shapes: &[&[1000000]], shape: &[], values: Values::All(&[988116]) },
    Case { number: 322, subscripts: "...lmn,lmno->...o", call: call_322,
        shapes: &[&[1, 1, 1, 160, 160, 120], &[160, 160, 120, 3]], shape: &[1, 1, 1, 3], values:
        Values::All(&[-1175266, 6880851, 7992257]) },
];

#[test]
fn large() {
    run(LARGE);
}

/// The calls whose extents disagree.
const EXTENT_ERRORS: &[usize] = &[10, 11];

/// Disagreeing extents are an error at run time.
#[test]
fn extent_errors() {
    let mut accepted: Vec<usize> = Vec::new();
    let a: Array<f64, Ix2> = operand(&[2, 3], 0);
    if try_einsum!("ii", a).is_ok() {
        accepted.push(10);
    }
    let a: Array<f64, Ix5> = operand(&[3, 3, 4, 5, 6], 0);
    let b: Array<f64, Ix3> = operand(&[3, 4, 5], 1);
    if try_einsum!("aabcb,abc", a, b).is_ok() {
        accepted.push(11);
    }
    assert!(accepted.is_empty(), "NumPy refuses what these accept: {accepted:?}");
}

/// What is a compile error for a static rank is one at run time for a dynamic rank.
#[test]
fn rank_errors() {
    let mut accepted: Vec<usize> = Vec::new();
    let a: Array<f64, IxDyn> = operand(&[2], 0);
    if try_einsum!("ij", a).is_ok() {
        accepted.push(3);
    }
    let a: Array<f64, IxDyn> = operand(&[], 0);
    if try_einsum!("...i", a).is_ok() {
        accepted.push(4);
    }
    let a: Array<f64, IxDyn> = operand(&[], 0);
    if try_einsum!("i...", a).is_ok() {
        accepted.push(5);
    }
    let a: Array<f64, IxDyn> = operand(&[2, 3], 0);
    if try_einsum!("i", a).is_ok() {
        accepted.push(15);
    }
    let a: Array<f64, IxDyn> = operand(&[6, 1], 0);
    if try_einsum!("i->i", a).is_ok() {
        accepted.push(16);
    }
    assert!(accepted.is_empty(), "NumPy refuses what these accept: {accepted:?}");
}

/// The calls that the compiler refuses, each with its file in `tests/ui/numpy`.
#[rustfmt::skip]
const COMPILE_ERRORS: &[(usize, &str)] = &[
    (0, "no-operand.rs"),
    (1, "empty-text-two-operands.rs"),
    (2, "comma-one-operand.rs"),
    (3, "rank-too-low.rs"),
    (4, "ellipsis-then-label-on-scalar.rs"),
    (5, "label-then-ellipsis-on-scalar.rs"),
    (6, "two-dots.rs"),
    (7, "one-dot-before-ellipsis.rs"),
    (8, "percent-before-ellipsis.rs"),
    (9, "dollar-after-ellipsis.rs"),
    (15, "rank-too-high.rs"),
    (16, "rank-too-high-with-output.rs"),
];

#[test]
fn every_case_is_tested_once() {
    let mut numbers: Vec<usize> = Vec::new();
    for cases in [
        ONE_OPERAND,
        MATRIX_VECTOR,
        ONE_OPERAND_WITH_ELLIPSIS,
        TWO_OPERANDS_WITH_ELLIPSIS,
        OUTER_PRODUCT,
        MATRIX_MATRIX,
        THREE_OPERANDS,
        VECTOR_VECTOR,
        SCALAR_TIMES_ARRAY,
        TWO_OPERANDS_OF_HIGHER_RANK,
        FIVE_AND_MORE_OPERANDS,
        FOUR_OPERANDS,
        LARGE,
    ] {
        numbers.extend(cases.iter().map(|case| case.number));
    }
    numbers.extend(COMPILE_ERRORS.iter().map(|(number, _)| number));
    numbers.extend(EXTENT_ERRORS);
    numbers.sort_unstable();
    assert_eq!(numbers, (0..CASES).collect::<Vec<_>>());
    // What is published comes without the messages of the compiler.
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui/numpy");
    for (number, file) in COMPILE_ERRORS.iter().filter(|_| folder.exists()) {
        assert!(folder.join(file).is_file(), "case {number} has no file {file}");
    }
}
