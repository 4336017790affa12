//! What AWS says, said to a person (spec section 6). Pure: codes and messages in, kind + cause + hint out.
