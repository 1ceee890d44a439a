fn caller() {
    match ndeinsum::__private::bind::source_mut(&mut a) {
        #[allow(
            non_snake_case,
            unused_variables,
            unused_mut,
            unused_labels,
            clippy::assign_op_pattern,
            clippy::suboptimal_flops
        )]
        __ndeinsum_bound => {
            #[allow(unused_imports)]
            use ndeinsum::__private::{
                self as rt, bind as __ndeinsum_bind, bind::ViewSource as _,
            };
            let operand0 = __ndeinsum_bind::Labels::<2>::view_mut(__ndeinsum_bound);
            {
                const CALL: rt::Call = rt::Call::new(
                    "ii->i",
                    &['i'],
                    &[rt::Term::new(&[0, 0])],
                    rt::Term::new(&[0]),
                );
                match (move || {
                    let (extent_i,) = match (rt::extents(&operand0),) {
                        (
                            ::core::option::Option::Some([axis0_0, axis0_1]),
                        ) if axis0_0 == axis0_1 => (axis0_0,),
                        _ => {
                            return ::core::result::Result::Err(
                                rt::Call::disagreement(
                                    &CALL,
                                    &[rt::slice(&rt::dim(&operand0))],
                                    ::core::option::Option::None,
                                ),
                            );
                        }
                    };
                    ::core::result::Result::Ok(
                        rt::MergeAxes::merge_axes(
                            operand0,
                            &CALL,
                            rt::ndarray::Dim([extent_i]),
                        ),
                    )
                })() {
                    ::core::result::Result::Ok(value) => value,
                    ::core::result::Result::Err(error) => rt::fail(error),
                }
            }
        }
    }
}
