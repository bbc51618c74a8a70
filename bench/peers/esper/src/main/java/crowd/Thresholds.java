package crowd;

import com.espertech.esper.common.client.EventBean;
import com.espertech.esper.runtime.client.EPRuntime;
import com.espertech.esper.runtime.client.EPStatement;
import com.espertech.esper.runtime.client.UpdateListener;
import java.util.List;

/** Hears how a person's count over a window changes, and tells who enters and who leaves. */
final class Thresholds implements UpdateListener {
    private final List<Workload.Condition> conditions;
    private final Changes told;

    Thresholds(List<Workload.Condition> conditions, Changes told) {
        this.conditions = conditions;
        this.told = told;
    }

    @Override
    public void update(EventBean[] now, EventBean[] before, EPStatement statement, EPRuntime runtime) {
        long instant = runtime.getEventService().getCurrentTime();
        for (int i = 0; i < now.length; i++) {
            Object[] row = (Object[]) now[i].getUnderlying();
            Object[] old = (Object[]) before[i].getUnderlying();
            int person = (Integer) row[0];
            if (person != (Integer) old[0]) {
                throw new IllegalStateException("rows of different persons");
            }
            tell(person, (Long) old[1], (Long) row[1], instant);
        }
    }

    private void tell(int person, long before, long now, long instant) {
        for (Workload.Condition condition : conditions) {
            boolean isMember = now >= condition.least();
            if (isMember != before >= condition.least()) {
                for (int segment : condition.segments()) {
                    told.add(person, segment, instant, isMember);
                }
            }
        }
    }
}
