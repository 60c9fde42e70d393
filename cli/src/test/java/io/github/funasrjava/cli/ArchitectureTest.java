package io.github.funasrjava.cli;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The picture in the documentation, as rules: a module imports only what stands below it. */
class ArchitectureTest {
    private static final String ROOT = "io.github.funasrjava";

    /** What each module may import of ours, besides itself. */
    private static final Map<String, List<String>> BELOW = Map.of(
            "kernels", List.of(),
            "tokenizer", List.of(),
            "audio", List.of(),
            "boot", List.of(),
            "weights", List.of("kernels"),
            "engine", List.of("kernels", "tokenizer", "audio", "weights"),
            "cli", List.of("kernels", "tokenizer", "audio", "weights", "engine", "boot"));

    private static JavaClasses classes;

    @BeforeAll
    static void importClasses() {
        classes = new ClassFileImporter().withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS).importPackages(ROOT);
        for (String module : BELOW.keySet()) {
            assertTrue(classes.stream().anyMatch(c -> c.getPackageName().startsWith(ROOT + "." + module)), module + " is not on the class path");
        }
    }

    @Test
    void modulesImportOnlyWhatStandsBelowThem() {
        BELOW.forEach((module, below) -> {
            String[] forbidden = BELOW.keySet().stream()
                    .filter(other -> !other.equals(module) && !below.contains(other))
                    .map(ArchitectureTest::packages).toArray(String[]::new);
            if (forbidden.length > 0) {
                noClasses().that().resideInAPackage(packages(module)).should().dependOnClassesThat().resideInAnyPackage(forbidden)
                        .because(module + " stands on " + below).check(classes);
            }
        });
    }

    @Test
    void everyPackageBelongsToAKnownModule() {
        noClasses().that().resideInAPackage(ROOT + "..").should()
                .resideOutsideOfPackages(BELOW.keySet().stream().map(ArchitectureTest::packages).toArray(String[]::new)).check(classes);
    }

    @Test
    void reflectionIsUsedOnlyInBoot() {
        ArchRule rule = noClasses().that().resideOutsideOfPackage(packages("boot")).should().dependOnClassesThat(
                resideInAPackage("java.lang.reflect").or(resideInAPackage("jdk.internal..")).or(resideInAnyPackage("sun..")))
                .orShould().callMethod(Class.class, "forName", String.class)
                .orShould().callMethod(Class.class, "forName", String.class, boolean.class, ClassLoader.class);
        // Whether the Vector API is there can only be asked by name.
        rule.check(classes.that(new DescribedPredicate<JavaClass>("do not ask for the Vector API") {
            @Override
            public boolean test(JavaClass type) {
                return !type.getFullName().equals(ROOT + ".kernels.VectorTier");
            }
        }));
    }

    @Test
    void onlyTheEntryPointsEndTheJvm() {
        noClasses().that().doNotHaveFullyQualifiedName(Main.class.getName()).and().resideOutsideOfPackage(packages("boot"))
                .should().callMethod(System.class, "exit", int.class)
                .orShould().callMethod(Runtime.class, "exit", int.class)
                .orShould().callMethod(Runtime.class, "halt", int.class).check(classes);
    }

    @Test
    void thereIsNoStaticMutableState() {
        fields().that().areStatic().should().beFinal().check(classes);
    }

    @Test
    void librariesDoNotPrint() {
        noClasses().that().resideInAnyPackage(packages("kernels"), packages("tokenizer"), packages("audio"), packages("weights"), packages("engine"))
                .should().accessField(System.class, "out").orShould().accessField(System.class, "err").check(classes);
    }

    private static String packages(String module) {
        return ROOT + "." + module + "..";
    }
}
