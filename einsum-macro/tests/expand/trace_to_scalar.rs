fn caller() {
    {
        #[allow(unused_imports)]
        use ndeinsum::__private::{bind as __ndeinsum_bind, bind::OutputPlace as _};
        let element = ndeinsum::__private::bind::Element::new();
        match (__ndeinsum_bind::operand::<2, _, _, _>(&element, &a),) {
            #[allow(
                non_snake_case,
                unused_variables,
                unused_mut,
                clippy::assign_op_pattern
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
                    'einsum: {
                        let ([i], rest) = match CALL
                            .agree(&[operand0.shape()], rt::Rest::NONE)
                        {
                            ::core::result::Result::Ok(value) => value,
                            ::core::result::Result::Err(error) => {
                                break 'einsum ::core::result::Result::Err(error);
                            }
                        };
                        let operand0 = rt::cursor(&operand0, (rt::axes(i, [0, 1]), ()));
                        ::core::result::Result::Ok({
                            let mut sum = operand0.zero();
                            for (operand0,) in rt::along(i, (operand0,)) {
                                sum = sum + operand0.get();
                            }
                            sum
                        })
                    }
                }
            }
        }
    }
}
