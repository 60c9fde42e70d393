import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * Prints at the end of a build how many tests ran, and which did not and why: a skipped test must not look like a
 * passed one. Reads the reports of surefire and failsafe. Arguments: the project's root, and the excluded tags.
 */
final class TestSummary {
    private static final int NAMED_TESTS = 3;

    private TestSummary() {}

    public static void main(String[] args) throws Exception {
        Path root = Path.of(args[0]);
        String excludedTags = args.length > 1 ? args[1].trim() : "";
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        DocumentBuilder parser = factory.newDocumentBuilder();

        int tests = 0;
        Map<String, List<String>> skipped = new TreeMap<>();
        for (Path report : reports(root)) {
            NodeList cases = parser.parse(report.toFile()).getElementsByTagName("testcase");
            tests += cases.getLength();
            for (int i = 0; i < cases.getLength(); i++) {
                Element testCase = (Element) cases.item(i);
                NodeList skips = testCase.getElementsByTagName("skipped");
                if (skips.getLength() > 0) {
                    String reason = reason((Element) skips.item(0));
                    String simpleClass = testCase.getAttribute("classname").replaceAll(".*\\.", "");
                    skipped.computeIfAbsent(reason.isEmpty() ? "no reason given" : reason, r -> new ArrayList<>())
                            .add(simpleClass + "." + testCase.getAttribute("name"));
                }
            }
        }

        int count = skipped.values().stream().mapToInt(List::size).sum();
        System.out.println();
        System.out.println("Tests: " + (tests - count) + " run, " + count + " skipped.");
        skipped.forEach((reason, names) -> {
            String some = String.join(", ", names.subList(0, Math.min(NAMED_TESTS, names.size())));
            System.out.println("  " + names.size() + " skipped: " + reason + " (" + some + (names.size() > NAMED_TESTS ? ", …" : "") + ")");
        });
        if (!excludedTags.isEmpty()) {
            System.out.println("  not part of this run: " + occurrences(root, "@Tag(\"" + excludedTags + "\")") + " tests or classes tagged "
                    + excludedTags + "; ./mvnw verify -Plong runs them.");
        }
    }

    /** The message; where surefire keeps stack traces it stands in front of the trace instead of in its attribute. */
    private static String reason(Element skipped) {
        String message = skipped.getAttribute("message").strip();
        String text = message.isEmpty() ? skipped.getTextContent().strip().lines().findFirst().orElse("") : message;
        return text.replaceFirst("^org\\.opentest4j\\.TestAbortedException: ", "").replaceFirst("^Assumption failed: ", "");
    }

    private static List<Path> reports(Path root) throws IOException {
        List<Path> reports = new ArrayList<>();
        for (Path module : children(root)) {
            for (String folder : List.of("target/surefire-reports", "target/failsafe-reports")) {
                for (Path file : children(module.resolve(folder))) {
                    String name = file.getFileName().toString();
                    if (name.startsWith("TEST-") && name.endsWith(".xml")) {
                        reports.add(file);
                    }
                }
            }
        }
        return reports;
    }

    private static long occurrences(Path root, String text) throws IOException {
        long found = 0;
        for (Path module : children(root)) {
            Path sources = module.resolve("src/test/java");
            if (!Files.isDirectory(sources)) {
                continue;
            }
            try (Stream<Path> files = Files.walk(sources)) {
                for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
                    found += Files.readString(file).lines().filter(line -> line.strip().startsWith(text)).count();
                }
            }
        }
        return found;
    }

    private static List<Path> children(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> list = Files.list(folder)) {
            return list.sorted().toList();
        }
    }
}
