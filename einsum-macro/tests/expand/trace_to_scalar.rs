fn caller() {
    {
        #[allow(unused_imports)]
        use ndeinsum::__private::{bind as __ndeinsum_bind, bind::OutputPlace as _};
        let element = ndeinsum::__private::bind::Element::new();
        match (__ndeinsum_bind::Labels::<2>::operand(&element, &a),) {
            #[allow(
                non_snake_case,
                unused_variables,
                unused_mut,
                unused_labels,
                clippy::assign_op_pattern,
                clippy::suboptimal_flops
            )]
            (operand0,) => {
                use ndeinsum::__private as rt;
                {
                    const CALL: rt::Call = rt::Call::new(
                        "ii",
                        &['i'],
                        &[rt::Term::new(&[0, 0])],
                        rt::Term::new(&[]),
                    );
                    (move || {
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
                        let operand0 = rt::cursor(
                            &operand0,
                            (rt::axes(extent_i, [0, 1]), ()),
                        );
                        ::core::result::Result::Ok(
                            match rt::total(
                                rt::Loops {
                                    size: rt::size(&[extent_i]),
                                    parts: &[rt::Part::SummedLeft],
                                },
                                &operand0,
                                ::core::option::Option::None::<&rt::Cursor<'_, _, ()>>,
                            ) {
                                ::core::option::Option::Some(sum) => sum,
                                ::core::option::Option::None => {
                                    let mut sum = rt::zero(&operand0);
                                    'i: for (operand0,) in rt::along(extent_i, (operand0,)) {
                                        sum = sum + operand0.get();
                                    }
                                    sum
                                }
                            },
                        )
                    })()
                }
            }
        }
    }
}
