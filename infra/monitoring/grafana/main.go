// Command grafana writes the dashboards of Storyreel as Grafana reads them:
// `go generate ./infra/monitoring/grafana` after a change here. JSON that
// Grafana exports is not edited by hand: its layout drifts with every export.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

//go:generate go run . dashboards

// target is one expression of a panel.
type target struct {
	expr   string
	legend string // with {{label}}
}

// panel is one graph.
type panel struct {
	title   string
	about   string // what it shows, and what is unusual
	unit    string // of Grafana, such as s, reqps, percentunit
	stacked bool
	stat    bool // the last value as a number
	targets []target
}

// row is a line of panels under a title.
type row struct {
	title  string
	panels []panel
}

type dashboard struct {
	uid, title, about string
	rows              []row
}

// Sizes on Grafana's grid of 24 columns.
const (
	columns   = 24
	height    = 8
	rowHeight = 1
)

type object = map[string]any

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: grafana DIR")
		os.Exit(2)
	}
	for name, text := range render() {
		if err := os.WriteFile(filepath.Join(os.Args[1], name), text, 0o600); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

// render returns the files of all dashboards by name.
func render() map[string][]byte {
	out := map[string][]byte{}
	for _, d := range []dashboard{service(), pipeline(), moderation()} {
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		if err := e.Encode(d.json()); err != nil {
			panic(err) // maps, texts and numbers only
		}
		out[d.uid+".json"] = b.Bytes()
	}
	return out
}

func (d dashboard) json() object {
	var panels []object
	id, y := 0, 0
	next := func() int { id++; return id }
	for _, r := range d.rows {
		panels = append(panels, object{
			"id": next(), "type": "row", "title": r.title, "collapsed": false, "panels": []object{},
			"gridPos": object{"x": 0, "y": y, "w": columns, "h": rowHeight},
		})
		y += rowHeight
		width := columns / len(r.panels)
		for i, p := range r.panels {
			panels = append(panels, p.json(next(), object{"x": i * width, "y": y, "w": width, "h": height}))
		}
		y += height
	}
	return object{
		"uid":           d.uid,
		"title":         d.title,
		"description":   d.about,
		"tags":          []string{"storyreel"},
		"schemaVersion": 39,
		"version":       1,
		"editable":      false,
		"graphTooltip":  1,
		"refresh":       "30s",
		"timezone":      "browser",
		"time":          object{"from": "now-6h", "to": "now"},
		"templating":    object{"list": []object{}},
		"annotations":   object{"list": []object{}},
		"panels":        panels,
		"links": []object{{
			"type": "dashboards", "tags": []string{"storyreel"}, "title": "Storyreel", "asDropdown": false,
			"includeVars": true, "keepTime": true,
		}},
	}
}

func (p panel) json(id int, at object) object {
	kind, custom := "timeseries", object{"lineWidth": 1, "fillOpacity": 10, "showPoints": "never"}
	if p.stacked {
		custom["stacking"] = object{"mode": "normal"}
		custom["fillOpacity"] = 60
	}
	if p.stat {
		kind = "stat"
	}
	var targets []object
	for i, t := range p.targets {
		targets = append(targets, object{
			"refId": string(rune('A' + i)), "expr": t.expr, "legendFormat": t.legend,
			"datasource": object{"type": "prometheus", "uid": "prometheus"},
		})
	}
	return object{
		"id":          id,
		"type":        kind,
		"title":       p.title,
		"description": p.about,
		"gridPos":     at,
		"targets":     targets,
		"datasource":  object{"type": "prometheus", "uid": "prometheus"},
		"fieldConfig": object{
			"defaults":  object{"unit": p.unit, "min": 0, "custom": custom},
			"overrides": []object{},
		},
	}
}
