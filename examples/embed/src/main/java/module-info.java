/** Needed only on the module path; on the class path it is ignored. */
module embed {
    requires io.github.funasrjava.engine;
}
