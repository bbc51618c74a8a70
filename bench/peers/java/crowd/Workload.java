package crowd;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The events and segments as the benchmark wrote them: see bench/requery.c. All jobs of the process share them. */
final class Workload {
    static final long DAY = 86_400_000L;

    /** "Of this kind, so many in so many days", and the segments that say so. */
    record Condition(int kind, long window, int least, int[] segments) {}

    static int[] persons;
    static int[] kinds;
    static long[] times;
    static Condition[] conditions;

    private Workload() {}

    static void load(Path folder) throws IOException {
        ByteBuffer person = read(folder, "person");
        ByteBuffer kind = read(folder, "kind");
        ByteBuffer time = read(folder, "time");
        persons = new int[person.remaining() / Integer.BYTES];
        kinds = new int[persons.length];
        times = new long[persons.length];
        person.asIntBuffer().get(persons);
        kind.asIntBuffer().get(kinds);
        time.asLongBuffer().get(times);
        conditions = conditionsOf(Files.readString(folder.resolve("segments.json")));
    }

    private static ByteBuffer read(Path folder, String name) throws IOException {
        return ByteBuffer.wrap(Files.readAllBytes(folder.resolve(name))).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Equal conditions are asked once, as the library does. */
    private static Condition[] conditionsOf(String json) {
        Matcher triple = Pattern.compile("\\[(\\d+), (\\d+), (\\d+)]").matcher(json);
        Map<List<Integer>, List<Integer>> segments = new LinkedHashMap<>();
        for (int segment = 0; triple.find(); segment++) {
            List<Integer> asked = List.of(number(triple, 1), number(triple, 2), number(triple, 3));
            segments.computeIfAbsent(asked, unused -> new ArrayList<>()).add(segment);
        }
        return segments.entrySet().stream()
                .map(each -> new Condition(each.getKey().get(0), each.getKey().get(1) * DAY,
                        each.getKey().get(2), toArray(each.getValue())))
                .toArray(Condition[]::new);
    }

    private static int number(Matcher matcher, int group) {
        return Integer.parseInt(matcher.group(group));
    }

    private static int[] toArray(List<Integer> numbers) {
        return numbers.stream().mapToInt(Integer::intValue).toArray();
    }
}
