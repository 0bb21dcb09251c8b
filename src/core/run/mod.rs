//! A run: what is asked (command), what happened (event), how it stands (state), what follows.
