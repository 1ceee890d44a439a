fn caller() {
    {
        #[allow(unused_imports)]
        use ndeinsum::__private::{bind as __ndeinsum_bind, bind::OutputPlace as _};
        let element = ndeinsum::__private::bind::Element::new();
        match (
            __ndeinsum_bind::operand_with_ellipsis::<1, _, _, _>(&element, &a),
            __ndeinsum_bind::operand_with_ellipsis::<1, _, _, _>(&element, &b),
        ) {
            #[allow(
                non_snake_case,
                unused_variables,
                unused_mut,
                clippy::assign_op_pattern
            )]
            ((operand0, operand0_rest), (operand1, operand1_rest)) => {
                use ndeinsum::__private as rt;
                match {
                    const CALL: rt::Call = rt::Call::new(
                        "i...,...j->...ij",
                        &['i', 'j'],
                        &[
                            rt::Term::with_ellipsis(&[0], &[]),
                            rt::Term::with_ellipsis(&[], &[1]),
                        ],
                        rt::Term::with_ellipsis(&[], &[0, 1]),
                    );
                    'einsum: {
                        let ([i, j], rest) = match CALL
                            .agree(
                                &[operand0.shape(), operand1.shape()],
                                operand0_rest.or(operand1_rest),
                            )
                        {
                            ::core::result::Result::Ok(value) => value,
                            ::core::result::Result::Err(error) => {
                                break 'einsum ::core::result::Result::Err(error);
                            }
                        };
                        let mut output = match rt::zeros(
                            &CALL,
                            rt::shape_with_rest::<
                                rt::ndarray::Dim<[usize; 2]>,
                                _,
                            >(&[], &rest, &[i, j]),
                        ) {
                            ::core::result::Result::Ok(value) => value,
                            ::core::result::Result::Err(error) => {
                                break 'einsum ::core::result::Result::Err(error);
                            }
                        };
                        {
                            let mut output = output.view_mut();
                            let mut output = rt::cursor_mut(
                                &mut output,
                                (
                                    rt::rest_axes(&rest, 0, 2),
                                    (rt::axes(i, [-2]), (rt::axes(j, [-1]), ())),
                                ),
                            );
                            let operand0 = rt::cursor(
                                &operand0,
                                (rt::rest_axes(&rest, 1, 0), (rt::axes(i, [0]), ())),
                            );
                            let operand1 = rt::cursor(
                                &operand1,
                                (rt::rest_axes(&rest, 0, 1), (rt::axes(j, [-1]), ())),
                            );
                            for (output, operand0, operand1) in rt::along_rest(
                                &rest,
                                (output, operand0, operand1),
                            ) {
                                for (output, operand0) in rt::along(i, (output, operand0)) {
                                    for (mut output, operand1) in rt::along(
                                        j,
                                        (output, operand1),
                                    ) {
                                        output.set(operand0.get() * operand1.get());
                                    }
                                }
                            }
                        }
                        ::core::result::Result::Ok(output)
                    }
                } {
                    ::core::result::Result::Ok(value) => value,
                    ::core::result::Result::Err(error) => rt::fail(error),
                }
            }
        }
    }
}
