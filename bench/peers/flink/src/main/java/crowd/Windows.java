package crowd;

import java.util.Arrays;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Segments of counts over windows, by hand: the newest few times per kind decide them, and one timer per profile
 * fires when the first of them leaves its window. A timer that has become too early is left to fire, and then set
 * anew: that is cheaper than deleting it with each event. An event that comes late counts from its own time on, and
 * what it changes happens now, at the time of the newest event.
 */
public class Windows extends KeyedProcessFunction<Integer, Happening, Change> {
    private static final long NEVER = Long.MAX_VALUE;

    private transient ValueState<Person> persons;
    private transient Workload.Condition[] conditions;
    /** Of each condition, the place in the times of the event that decides it. */
    private transient int[] deciders;
    /** Of each kind: where its times begin, one more than the last; its conditions, as numbers. */
    private transient int[] begins;
    private transient int[][] byKind;
    private transient Change change;
    /** The time of the newest event of all. */
    private transient long now;

    @Override
    public void open(OpenContext context) {
        // The backend gives out the object itself, so it may be changed in place.
        persons = getRuntimeContext().getState(new ValueStateDescriptor<>("person", Person.class));
        conditions = Workload.conditions;
        change = new Change();
        now = Long.MIN_VALUE;
        int kinds = Arrays.stream(conditions).mapToInt(Workload.Condition::kind).max().orElseThrow() + 1;
        begins = new int[kinds + 1];
        byKind = new int[kinds][];
        deciders = new int[conditions.length];
        for (int kind = 0; kind < kinds; kind++) {
            int most = 0;
            int[] own = new int[conditions.length];
            int count = 0;
            for (int i = 0; i < conditions.length; i++) {
                if (conditions[i].kind() == kind) {
                    most = Math.max(most, conditions[i].least());
                    deciders[i] = begins[kind] + conditions[i].least() - 1;
                    own[count++] = i;
                }
            }
            begins[kind + 1] = begins[kind] + most;
            byKind[kind] = Arrays.copyOf(own, count);
        }
    }

    @Override
    public void processElement(Happening event, Context context, Collector<Change> out) throws Exception {
        Person person = persons.value();
        if (person == null) {
            person = new Person();
            person.holding = new long[(conditions.length + Long.SIZE - 1) / Long.SIZE];
            person.times = new long[begins[begins.length - 1]];
            Arrays.fill(person.times, Long.MIN_VALUE / 2);
            persons.update(person);
        }
        // The watermark may lag behind: what ended before this event ends first.
        now = Math.max(now, event.time);
        if (person.timer < now) {
            leave(person, event.person, now - 1, out);
        }
        insert(person.times, begins[event.kind], begins[event.kind + 1], event.time);
        for (int i : byKind[event.kind]) {
            if ((person.holding[i / Long.SIZE] & 1L << i) == 0 && dueOf(person, i) > now) {
                person.holding[i / Long.SIZE] |= 1L << i;
                tell(event.person, i, now, true, out);
            }
        }
        long due = leave(person, event.person, now, out);
        if (due < person.timer) {
            person.timer = due;
            context.timerService().registerEventTimeTimer(due);
        }
    }

    @Override
    public void onTimer(long instant, OnTimerContext context, Collector<Change> out) throws Exception {
        Person person = persons.value();
        if (instant < person.timer) {
            return;
        }
        person.timer = leave(person, context.getCurrentKey(), instant, out);
        if (person.timer != NEVER) {
            context.timerService().registerEventTimeTimer(person.timer);
        }
    }

    /** When the event that decides a condition leaves its window. */
    private long dueOf(Person person, int condition) {
        return person.times[deciders[condition]] + conditions[condition].window();
    }

    /** Tells of everything that ends until an instant; gives the next such instant. */
    private long leave(Person person, int number, long until, Collector<Change> out) {
        long next = NEVER;
        for (int word = 0; word < person.holding.length; word++) {
            for (long left = person.holding[word]; left != 0; left &= left - 1) {
                int condition = word * Long.SIZE + Long.numberOfTrailingZeros(left);
                long due = dueOf(person, condition);
                if (due <= until) {
                    person.holding[word] &= ~(1L << condition);
                    tell(number, condition, due, false, out);
                } else if (due < next) {
                    next = due;
                }
            }
        }
        return next;
    }

    private void tell(int number, int condition, long instant, boolean entered, Collector<Change> out) {
        change.person = number;
        change.instant = instant;
        change.entered = entered;
        for (int segment : conditions[condition].segments()) {
            change.segment = segment;
            out.collect(change);
        }
    }

    private static void insert(long[] times, int begin, int end, long time) {
        int at = end - 1;
        if (at < begin || time <= times[at]) {
            return;
        }
        for (; at > begin && times[at - 1] < time; at--) {
            times[at] = times[at - 1];
        }
        times[at] = time;
    }
}
