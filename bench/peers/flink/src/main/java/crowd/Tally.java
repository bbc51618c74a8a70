package crowd;

import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;

/** Adds up the changes. Stops the clock at the end. */
public class Tally implements Sink<Change> {
    static volatile Changes told;

    @Override
    public SinkWriter<Change> createWriter(WriterInitContext context) {
        return new Writer();
    }

    private static final class Writer implements SinkWriter<Change> {
        private final Changes found = new Changes();

        @Override
        public void write(Change change, Context context) {
            found.add(change.person, change.segment, change.instant, change.entered);
        }

        @Override
        public void flush(boolean isLast) {
            if (isLast) {
                told = found;
                Clock.stop();
            }
        }

        @Override
        public void close() {}
    }
}
