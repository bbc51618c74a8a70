package crowd;

import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;

/** Counts the changes and adds up a word of each, in no order; see requery_add in bench/requery.h. Stops the clock at the end. */
public class Tally implements Sink<Change> {
    /** Of those who entered, and of those who left. */
    static volatile long[] counts;
    static volatile long[] sums;

    @Override
    public SinkWriter<Change> createWriter(WriterInitContext context) {
        return new Writer();
    }

    private static final class Writer implements SinkWriter<Change> {
        private final long[] found = new long[2];
        private final long[] words = new long[2];

        @Override
        public void write(Change change, Context context) {
            long word = (long) change.person << 32 | (long) change.segment << 1 | (change.entered ? 1 : 0);
            word = (word ^ change.instant * 0x9E3779B97F4A7C15L) * 0xC2B2AE3D27D4EB4FL;
            int way = change.entered ? 0 : 1;
            words[way] += word ^ word >>> 29;
            found[way]++;
        }

        @Override
        public void flush(boolean isLast) {
            if (isLast) {
                counts = found;
                sums = words;
                Clock.stop();
            }
        }

        @Override
        public void close() {}
    }
}
