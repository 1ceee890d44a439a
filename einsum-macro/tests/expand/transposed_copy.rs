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
                match {
                    const CALL: rt::Call = rt::Call::new(
                        "ij->ji",
                        &['j', 'i'],
                        &[rt::Term::new(&[1, 0])],
                        rt::Term::new(&[0, 1]),
                    );
                    (move || {
                        let (extent_j, extent_i) = match (rt::extents(&operand0),) {
                            (::core::option::Option::Some([axis0_0, axis0_1]),) => {
                                (axis0_1, axis0_0)
                            }
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
                        rt::copy(
                            &CALL,
                            rt::MergeAxes::merge_axes(
                                operand0,
                                &CALL,
                                rt::ndarray::Dim([extent_j, extent_i]),
                            ),
                        )
                    })()
                } {
                    ::core::result::Result::Ok(value) => value,
                    ::core::result::Result::Err(error) => rt::fail(error),
                }
            }
        }
    }
}
