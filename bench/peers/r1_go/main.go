// R1 in expr and in cel-go: a program per rule, checked against the types of its names; the rows lie ready.
// Both may be asked over structs and over maps; the faster is taken, by a trial at the start.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"cel.dev/cel-go/cel"
	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"
)

type row struct {
	Visits      int    `json:"visits" expr:"visits"`
	Spend       int    `json:"spend" expr:"spend"`
	Age         *int   `json:"age" expr:"-"`
	Years       int    `json:"-" expr:"years"` // 0 where the age is missing
	HasAge      bool   `json:"-" expr:"has_age"`
	OptedOut    bool   `json:"opted_out" expr:"opted_out"`
	Consent     bool   `json:"consent" expr:"consent"`
	Country     string `json:"country" expr:"country"`
	Plan        string `json:"plan" expr:"plan"`
	SignedUpAt  int    `json:"signed_up_at" expr:"signed_up_at"`
	LastOrderAt int    `json:"last_order_at" expr:"last_order_at"` // 0: none
}

func (r *row) named() map[string]any {
	return map[string]any{"visits": r.Visits, "spend": r.Spend, "years": r.Years, "has_age": r.HasAge,
		"opted_out": r.OptedOut, "consent": r.Consent, "country": r.Country, "plan": r.Plan,
		"signed_up_at": r.SignedUpAt, "last_order_at": r.LastOrderAt}
}

// Names straight out of the struct, for cel-go.
func (r *row) ResolveName(name string) (any, bool) {
	switch name {
	case "visits":
		return r.Visits, true
	case "spend":
		return r.Spend, true
	case "years":
		return r.Years, true
	case "has_age":
		return r.HasAge, true
	case "opted_out":
		return r.OptedOut, true
	case "consent":
		return r.Consent, true
	case "country":
		return r.Country, true
	case "plan":
		return r.Plan, true
	case "signed_up_at":
		return r.SignedUpAt, true
	case "last_order_at":
		return r.LastOrderAt, true
	}
	return nil, false
}

func (r *row) Parent() cel.Activation { return nil }

type evaluate func(row int) bool
type rows struct {
	structs []*row
	maps    []map[string]any
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(4)
	}
}

func source(rule string, now int) string {
	if rule == "compare" {
		return `visits < 5 && !opted_out && country in ["de", "at"]`
	}
	const day = 86400000
	return fmt.Sprintf(`!opted_out && consent && !(country in ["us", "ca"]) && signed_up_at < %d &&
		(((plan == "enterprise" || spend >= 2000) && last_order_at > %d) ||
		(plan in ["basic", "pro", "team"] && spend >= 500 && visits >= 5 && (!has_age || years >= 18)))`,
		now-365*day, now-30*day)
}

func inExpr(text string, over *rows) []evaluate {
	run := func(environment any, value func(int) any) evaluate {
		program, err := expr.Compile(text, expr.Env(environment), expr.AsBool())
		must(err)
		machine := vm.VM{}
		return func(i int) bool {
			found, err := machine.Run(program, value(i))
			must(err)
			return found.(bool)
		}
	}
	return []evaluate{run(&row{}, func(i int) any { return over.structs[i] }),
		run(over.maps[0], func(i int) any { return over.maps[i] })}
}

func inCel(text string, over *rows) []evaluate {
	var options []cel.EnvOption
	for name, kind := range map[string]*cel.Type{"visits": cel.IntType, "spend": cel.IntType, "years": cel.IntType,
		"has_age": cel.BoolType, "opted_out": cel.BoolType, "consent": cel.BoolType, "country": cel.StringType,
		"plan": cel.StringType, "signed_up_at": cel.IntType, "last_order_at": cel.IntType} {
		options = append(options, cel.Variable(name, kind))
	}
	environment, err := cel.NewEnv(options...)
	must(err)
	ast, issues := environment.Compile(text)
	must(issues.Err())
	program, err := environment.Program(ast, cel.EvalOptions(cel.OptOptimize))
	must(err)
	run := func(value func(int) any) evaluate {
		return func(i int) bool {
			found, _, err := program.Eval(value(i))
			must(err)
			return found.Value().(bool)
		}
	}
	return []evaluate{run(func(i int) any { return over.structs[i] }), run(func(i int) any { return over.maps[i] })}
}

func seconds() float64 {
	var used syscall.Rusage
	must(syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return float64(used.Utime.Sec+used.Stime.Sec) + float64(used.Utime.Usec+used.Stime.Usec)/1e6
}

func pass(ask evaluate, count int) (members, sum int) {
	for i := 0; i < count; i++ {
		if ask(i) {
			members, sum = members+1, sum+i
		}
	}
	return
}

func faster(forms []evaluate, count int) evaluate {
	best, least := forms[0], 0.0
	for _, form := range forms {
		pass(form, count)
		start := seconds()
		for i := 0; i < 100; i++ {
			pass(form, count)
		}
		if spent := seconds() - start; least == 0 || spent < least {
			best, least = form, spent
		}
	}
	return best
}

func load(folder string) (now int, read []*row) {
	bytes, err := os.ReadFile(filepath.Join(folder, "rows.json"))
	must(err)
	var file struct {
		Now  int    `json:"now"`
		Rows []*row `json:"rows"`
	}
	must(json.Unmarshal(bytes, &file))
	for _, each := range file.Rows {
		if each.Age != nil {
			each.Years, each.HasAge = *each.Age, true
		}
	}
	return file.Now, file.Rows
}

func main() {
	now, read := load(os.Args[2])
	ready := map[string]evaluate{}
	for _, data := range []string{"shuffled", "constant"} {
		over := &rows{}
		for i := range read {
			each := *read[i]
			if data == "constant" {
				each = *read[0]
			}
			over.structs = append(over.structs, &each)
			over.maps = append(over.maps, each.named())
		}
		for _, rule := range []string{"compare", "rule"} {
			forms := inExpr
			if os.Args[1] == "cel_go" {
				forms = inCel
			}
			ready[rule+" "+data] = faster(forms(source(rule, now), over), len(read))
		}
	}
	fmt.Println("ready")
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		var passes, members, sum int
		word := strings.Fields(lines.Text())
		_, err := fmt.Sscan(word[2], &passes)
		must(err)
		start := seconds()
		for i := 0; i < passes; i++ {
			members, sum = pass(ready[word[0]+" "+word[1]], len(read))
		}
		fmt.Printf("%.9f %d %d\n", seconds()-start, members, sum)
	}
}
