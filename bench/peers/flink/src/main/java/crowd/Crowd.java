package crowd;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.Locale;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.DataStreamUtils;
import org.apache.flink.streaming.api.datastream.KeyedStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.Collector;

/**
 * S1 in Flink: a cluster of one task slot in this process, state on the heap, objects reused, no checkpoints.
 *
 * <p>Each line of standard input runs the job once: "chained" keeps all of it in one task, which is allowed
 * because there is only one slot; "keyed" sends the events to a second task, as keyBy does. The answer: seconds of
 * processor time, how many entered and the sum of their words, how many left and the sum, nanoseconds on the wall.
 */
public final class Crowd {
    private static final int BATCH = 1000;

    private Crowd() {}

    public static void main(String[] arguments) throws Exception {
        Workload.load(Path.of(arguments[0]));
        System.out.println("ready");
        BufferedReader asked = new BufferedReader(new InputStreamReader(System.in));
        for (String line = asked.readLine(); line != null; line = asked.readLine()) {
            run(line.equals("chained"));
            System.out.printf(Locale.ROOT, "%.9f %s %d%n", Clock.spent * 1e-9, Tally.told, Clock.passed);
        }
    }

    private static void run(boolean isChained) throws Exception {
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.createLocalEnvironment(1);
        environment.getConfig().enableObjectReuse();
        environment.getConfig().setAutoWatermarkInterval(0);
        long batches = (Workload.times.length + BATCH - 1) / BATCH;
        DataStream<Happening> events = environment
                .fromSource(new NumberSequenceSource(0, batches - 1), WatermarkStrategy.noWatermarks(), "batches")
                .flatMap(new Events())
                .assignTimestampsAndWatermarks(
                        WatermarkStrategy.<Happening>forGenerator(unused -> new Newest())
                                .withTimestampAssigner((event, unused) -> event.time));
        KeyedStream<Happening, Integer> byPerson = isChained
                ? DataStreamUtils.reinterpretAsKeyedStream(events, event -> event.person)
                : events.keyBy(event -> event.person);
        byPerson.process(new Windows()).sinkTo(new Tally());
        environment.execute();
    }

    /** The events of a batch, out of memory. */
    public static class Events implements FlatMapFunction<Long, Happening> {
        @Override
        public void flatMap(Long batch, Collector<Happening> out) {
            Happening event = new Happening();
            int first = (int) (batch * BATCH);
            if (first == 0) {
                Clock.start();
            }
            int end = Math.min(first + BATCH, Workload.times.length);
            for (int i = first; i < end; i++) {
                event.person = Workload.persons[i];
                event.kind = Workload.kinds[i];
                event.time = Workload.times[i];
                out.collect(event);
            }
        }
    }

    /** It is the time of the newest event, and one that comes late does not change what was. Said once in a batch. */
    private static final class Newest implements WatermarkGenerator<Happening> {
        private int count;
        private long newest = Long.MIN_VALUE;

        @Override
        public void onEvent(Happening event, long time, WatermarkOutput output) {
            newest = Math.max(newest, time);
            if (++count == BATCH) {
                count = 0;
                output.emitWatermark(new Watermark(newest - 1));
            }
        }

        @Override
        public void onPeriodicEmit(WatermarkOutput output) {}
    }
}
