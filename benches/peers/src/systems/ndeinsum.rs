//! ndeinsum: subscripts are literals, so each has its call here.

use crate::element::Element;
use crate::operands::Operands;
use crate::run::{Fresh, IntoPlace, Run};
use crate::systems::Prepared;
use crate::workload::Workload;
use ndarray::{Array2, ArrayViewD, Ix1, Ix2, Ix3, Ix4, Ix5, Ix6};
use ndeinsum::einsum;
use std::hint::black_box;

/// `f32` and `f64`, which have all workloads. Threads are the environment's.
pub(super) fn real<'a, T: Element>(
    workload: &Workload,
    operands: &'a Operands<T>,
    _threads: usize,
) -> Prepared<'a> {
    let views = operands.views();
    let call = match &workload.affine {
        Some(text) => affine_call(text, operands.arrays().iter().map(|array| array.view()).collect()),
        None if workload.into => into_place(workload, views),
        None => real_call(&workload.subscripts, views),
    };
    call.ok_or_else(|| "no call with these subscripts in ndeinsum.rs".to_owned())
}

/// All other elements.
pub(super) fn any<'a, T: Element>(
    workload: &Workload,
    operands: &'a Operands<T>,
    _threads: usize,
) -> Prepared<'a> {
    let call = if workload.into { None } else { any_call(&workload.subscripts, operands.views()) };
    call.ok_or_else(|| "no call with these subscripts in ndeinsum.rs".to_owned())
}

fn into_place<'a, T: Element>(
    workload: &Workload,
    views: Vec<ArrayViewD<'a, T>>,
) -> Option<Box<dyn Run + 'a>> {
    if workload.subscripts != "ij,jk->ik" {
        return None;
    }
    let [a, b] = <[ArrayViewD<'a, T>; 2]>::try_from(views).ok()?;
    let (a, b) = (a.into_dimensionality::<Ix2>().ok()?, b.into_dimensionality::<Ix2>().ok()?);
    let place = Array2::zeros((a.nrows(), b.ncols()));
    Some(Box::new(IntoPlace(place, move |c: &mut Array2<T>| {
        einsum!(c = "ij,jk->ik", black_box(&a), black_box(&b));
    })))
}

macro_rules! calls {
    ($name:ident { $($subscripts:tt: $($operand:ident: $rank:ident),+;)+ }) => {
        fn $name<'a, T: Element>(subscripts: &str, views: Vec<ArrayViewD<'a, T>>) -> Option<Box<dyn Run + 'a>> {
            let mut views = views.into_iter();
            match subscripts {
                $($subscripts => {
                    $(let $operand = views.next()?.into_dimensionality::<$rank>().ok()?;)+
                    Some(Box::new(Fresh(move || einsum!($subscripts, $(black_box(&$operand)),+))))
                })+
                _ => None,
            }
        }
    };
}

calls!(any_call {
    "ij,jk->ik": a: Ix2, b: Ix2;
});

calls!(affine_call {
    "(x+i)(y+j),ij->xy": a: Ix2, b: Ix2;
    "n(x+i)(y+j)c,ijco->nxyo": a: Ix4, b: Ix4;
    "n(2x+i)(2y+j)c,ijco->nxyo": a: Ix4, b: Ix4;
    "n(x+2i)(y+2j)c,ijco->nxyo": a: Ix4, b: Ix4;
    "nc(x+i)(y+j),ocij->noxy": a: Ix4, b: Ix4;
    "nc(2x+i)(2y+j),ocij->noxy": a: Ix4, b: Ix4;
    "nc(x+2i)(y+2j),ocij->noxy": a: Ix4, b: Ix4;
});

calls!(real_call {
    // Windows and convolution layers.
    "xyij,ij->xy": a: Ix4, b: Ix2;
    "nijkde,oide->nojk": a: Ix6, b: Ix4;
    "nijkde,node->oijk": a: Ix6, b: Ix4;
    // Matrix products.
    "ij,jk->ik": a: Ix2, b: Ix2;
    "ij,kj->ik": a: Ix2, b: Ix2;
    "ji,jk->ik": a: Ix2, b: Ix2;
    "ji,kj->ik": a: Ix2, b: Ix2;
    "bij,bjk->bik": a: Ix3, b: Ix3;
    "ijb,jkb->ikb": a: Ix3, b: Ix3;
    "bqhd,bkhd->bhqk": a: Ix4, b: Ix4;
    // TCCG.
    "adb,cd->cba": a: Ix3, b: Ix2;
    "acd,db->cba": a: Ix3, b: Ix2;
    "aebd,ce->dcba": a: Ix4, b: Ix2;
    "aced,eb->dcba": a: Ix4, b: Ix2;
    "dabe,ec->dcba": a: Ix4, b: Ix2;
    "dabfe,fc->edcba": a: Ix5, b: Ix2;
    "afbce,df->edcba": a: Ix5, b: Ix2;
    "dacfe,fb->edcba": a: Ix5, b: Ix2;
    "ae,dcbe->dcba": a: Ix2, b: Ix4;
    "be,dcea->dcba": a: Ix2, b: Ix4;
    "ce,deba->dcba": a: Ix2, b: Ix4;
    "ca,bc->ba": a: Ix2, b: Ix2;
    "dca,cbd->ba": a: Ix3, b: Ix3;
    "dac,bcd->ba": a: Ix3, b: Ix3;
    "dca,bd->cba": a: Ix3, b: Ix2;
    "cda,db->cba": a: Ix3, b: Ix2;
    "ceda,dbe->cba": a: Ix4, b: Ix3;
    "fbea,ecfd->dcba": a: Ix4, b: Ix4;
    "fbea,cedf->dcba": a: Ix4, b: Ix4;
    "dfae,cebf->dcba": a: Ix4, b: Ix4;
    "aged,cbfg->fedcba": a: Ix4, b: Ix4;
    "bged,cafg->fedcba": a: Ix4, b: Ix4;
    "cged,bafg->fedcba": a: Ix4, b: Ix4;
    "bgfd,caeg->fedcba": a: Ix4, b: Ix4;
    // Other contractions of high rank.
    "abcde,efbad->cf": a: Ix5, b: Ix5;
    "aebf,dfce->abcd": a: Ix4, b: Ix4;
    "dbea,ec->abcd": a: Ix4, b: Ix2;
    "ea,ebcd->abcd": a: Ix2, b: Ix4;
    "dega,gfbc->abcdef": a: Ix4, b: Ix4;
    "ecbfa,fd->abcde": a: Ix5, b: Ix2;
    // Permutations.
    "ij->ji": a: Ix2;
    "abc->cba": a: Ix3;
    "abc->bca": a: Ix3;
    "abc->acb": a: Ix3;
    "abcd->dcba": a: Ix4;
    "abcd->cdab": a: Ix4;
    "abcd->badc": a: Ix4;
    "abcde->edcba": a: Ix5;
    "abcde->ecabd": a: Ix5;
    // Streaming.
    "i,i->": a: Ix1, b: Ix1;
    "ij->": a: Ix2;
    "ij->i": a: Ix2;
    "ij->j": a: Ix2;
    "ij,j->i": a: Ix2, b: Ix1;
    "ij,i->j": a: Ix2, b: Ix1;
    "i,j->ij": a: Ix1, b: Ix1;
    "ij,ij->ij": a: Ix2, b: Ix2;
    "i,ij,j->": a: Ix1, b: Ix2, c: Ix1;
    // More operands.
    "ij,jk,kl,lm->im": a: Ix2, b: Ix2, c: Ix2, d: Ix2;
    "ea,fb,abcd,gc,hd->efgh": a: Ix2, b: Ix2, c: Ix4, d: Ix2, e: Ix2;
    "bn,anm,bm->ba": a: Ix2, b: Ix3, c: Ix2;
    "ijk,ilm,njm,nlk,abc->": a: Ix3, b: Ix3, c: Ix3, d: Ix3, e: Ix3;
    "i,i,i->i": a: Ix1, b: Ix1, c: Ix1;
    "a,abcd,gbe,chf,df,fe->gh": a: Ix1, b: Ix4, c: Ix3, d: Ix3, e: Ix2, f: Ix2;
    "facd,bac,beg->efgd": a: Ix4, b: Ix3, c: Ix3;
    "dacb,a,bc->d": a: Ix4, b: Ix1, c: Ix2;
    "acd,abd,bc->": a: Ix3, b: Ix3, c: Ix2;
    "fa,cedba,hbgd,c->efgh": a: Ix2, b: Ix5, c: Ix4, d: Ix1;
    "ab,cea,hdb,cdgf->hegf": a: Ix2, b: Ix3, c: Ix3, d: Ix4;
    "ab,aiec,bhdf,gc,ed->gfhi": a: Ix2, b: Ix4, c: Ix4, d: Ix2, e: Ix2;
    "ab,ecag,bfg,cd,hd,efi->ih": a: Ix2, b: Ix4, c: Ix3, d: Ix2, e: Ix2, f: Ix3;
    "hca,ab,edgb,cf,d,ei->gihf": a: Ix3, b: Ix2, c: Ix4, d: Ix2, e: Ix1, f: Ix2;
    "af,bga,gcdbe,fcgi,dh,e->hi": a: Ix2, b: Ix3, c: Ix5, d: Ix4, e: Ix2, f: Ix1;
    "a,eadb,cb,c,d->e": a: Ix1, b: Ix4, c: Ix2, d: Ix1, e: Ix1;
    "ea,badc,b,dec->": a: Ix2, b: Ix4, c: Ix1, d: Ix3;
    "baed,ac,bd,fc->fe": a: Ix4, b: Ix2, c: Ix2, d: Ix2;
    "aedcb,caf,bd->fe": a: Ix5, b: Ix3, c: Ix2;
    "cbafh,gda,b,ce,d->fegh": a: Ix5, b: Ix3, c: Ix1, d: Ix2, e: Ix1;
    "fageb,ehacd,ib,cf,d->hgi": a: Ix5, b: Ix5, c: Ix2, d: Ix2, e: Ix1;
    "baec,a,be,cd,ed->": a: Ix4, b: Ix1, c: Ix2, d: Ix2, e: Ix2;
    "had,abf,ecfb,c,gfd,e->hg": a: Ix3, b: Ix3, c: Ix4, d: Ix1, e: Ix3, f: Ix1;
    "ac,eabcd,fb->edf": a: Ix2, b: Ix5, c: Ix2;
    "ahb,af,bcde,gc,dei->fhig": a: Ix3, b: Ix2, c: Ix4, d: Ix2, e: Ix3;
});
