// Empty: the target that builds the precompiled header needs a source file that uses it.
