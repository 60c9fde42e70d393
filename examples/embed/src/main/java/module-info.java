/** Needed only on the module path; on the class path it is ignored. */
module embed {
    requires io.github.funasrjava.engine;
    // The engine runs without it, only slower; requiring it here saves the flag --add-modules.
    requires jdk.incubator.vector;
}
