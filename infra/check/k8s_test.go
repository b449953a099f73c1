package check

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// scaledObject and the other types that Kubernetes itself does not have hold
// the fields that we use; a field that they lack is refused.
type scaledObject struct {
	meta
	Spec struct {
		ScaleTargetRef struct{ Name string }
		MinReplicaCount, MaxReplicaCount,
		PollingInterval, CooldownPeriod int
		Advanced struct {
			HorizontalPodAutoscalerConfig struct {
				Behavior struct {
					ScaleUp, ScaleDown struct {
						StabilizationWindowSeconds int
						Policies                   []struct {
							Type                 string
							Value, PeriodSeconds int
						}
					}
				}
			}
		}
		Triggers []struct {
			Type     string
			Metadata struct {
				Address, ListName, ListLength, EnableTLS string
			}
			AuthenticationRef struct{ Name string }
		}
	}
}

type triggerAuthentication struct {
	meta
	Spec struct {
		SecretTargetRef []struct{ Parameter, Name, Key string }
	}
}

type selector struct{ MatchLabels map[string]string }

type endpoint struct{ Port, Path, Interval string }

type podMonitor struct {
	meta
	Spec struct {
		Selector            selector
		PodMetricsEndpoints []endpoint
	}
}

type meta struct {
	APIVersion, Kind string
	Metadata         struct {
		Name, Namespace string
		Labels          map[string]string
		Annotations     map[string]string
	}
}

// kinds are the types that objects are decoded into, strictly.
var kinds = map[string]func() any{
	"v1/Namespace":                           func() any { return &corev1.Namespace{} },
	"v1/ConfigMap":                           func() any { return &corev1.ConfigMap{} },
	"v1/Secret":                              func() any { return &corev1.Secret{} },
	"v1/Service":                             func() any { return &corev1.Service{} },
	"v1/ServiceAccount":                      func() any { return &corev1.ServiceAccount{} },
	"apps/v1/Deployment":                     func() any { return &appsv1.Deployment{} },
	"apps/v1/StatefulSet":                    func() any { return &appsv1.StatefulSet{} },
	"batch/v1/Job":                           func() any { return &batchv1.Job{} },
	"networking.k8s.io/v1/NetworkPolicy":     func() any { return &networkingv1.NetworkPolicy{} },
	"networking.k8s.io/v1/Ingress":           func() any { return &networkingv1.Ingress{} },
	"policy/v1/PodDisruptionBudget":          func() any { return &policyv1.PodDisruptionBudget{} },
	"keda.sh/v1alpha1/ScaledObject":          func() any { return &scaledObject{} },
	"keda.sh/v1alpha1/TriggerAuthentication": func() any { return &triggerAuthentication{} },
	"monitoring.coreos.com/v1/PodMonitor":    func() any { return &podMonitor{} },
}

// cluster is what an overlay makes, by kind and name.
type cluster map[string]any

// object returns one of a cluster's objects.
func object[T any](t *testing.T, c cluster, name string) T {
	t.Helper()
	var zero T
	kind := reflect.TypeOf(zero).Elem().Name()
	x, ok := c[strings.ToLower(kind)+"/"+name].(T)
	require.True(t, ok, "no %s %s", kind, name)
	return x
}

// objects returns all objects of one type.
func objects[T any](c cluster) []T {
	var out []T
	for _, name := range keys(c) {
		if x, ok := c[name].(T); ok {
			out = append(out, x)
		}
	}
	return out
}

// build runs kustomize on a folder below infra/k8s and decodes the result.
func build(dir string) (cluster, error) {
	made, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), dir)
	if err != nil {
		return nil, err
	}
	out := cluster{}
	for _, r := range made.Resources() {
		text, err := r.AsYAML()
		if err != nil {
			return nil, err
		}
		id := r.GetApiVersion() + "/" + r.GetKind()
		if kinds[id] == nil {
			return nil, fmt.Errorf("no type for %s", id)
		}
		x := kinds[id]()
		if err := yaml.UnmarshalStrict(text, x); err != nil {
			return nil, fmt.Errorf("%s %s: %w", id, r.GetName(), err)
		}
		out[strings.ToLower(r.GetKind())+"/"+r.GetName()] = x
	}
	return out, nil
}

// eachOverlay runs a test for every overlay, and for the base with all
// components.
func eachOverlay(t *testing.T, test func(t *testing.T, c cluster)) {
	t.Helper()
	overlays, err := os.ReadDir(root + "/infra/k8s/overlays")
	require.NoError(t, err)
	require.Len(t, overlays, 2)
	for _, e := range overlays {
		t.Run(e.Name(), func(t *testing.T) {
			t.Parallel()
			c, err := build(root + "/infra/k8s/overlays/" + e.Name())
			require.NoError(t, err)
			test(t, c)
		})
	}
}

func TestKubernetes_RefusesMisspeltFields(t *testing.T) {
	t.Parallel()
	for file, field := range map[string]string{
		"base/api.yaml": "terminationGracePeriodSeconds", "base/network.yaml": "podSelector",
		"components/keda/scaling.yaml": "cooldownPeriod", "components/prometheus/monitors.yaml": "podMetricsEndpoints",
	} {
		dir := t.TempDir()
		require.NoError(t, os.CopyFS(dir, os.DirFS(root+"/infra/k8s")))
		path := filepath.Join(dir, file)
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		text := strings.Replace(string(b), field, field+"x", 1)
		require.NotEqual(t, string(b), text)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		_, err = build(dir + "/overlays/aws")
		require.ErrorContains(t, err, field+"x")
	}
}

// pods returns the pods of an overlay that run the binary.
func pods(c cluster) map[string]corev1.PodTemplateSpec {
	out := map[string]corev1.PodTemplateSpec{}
	for _, d := range objects[*appsv1.Deployment](c) {
		out[d.Name] = d.Spec.Template
	}
	for _, j := range objects[*batchv1.Job](c) {
		out[j.Name] = j.Spec.Template
	}
	return out
}
