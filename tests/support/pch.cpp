// Nothing: the precompiled header needs one source file that uses it in the target that makes it.
