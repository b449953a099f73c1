// Package peer is what cmd/bench-service compares the service's signing with: a
// bare Gin handler that presigns the same requests with the AWS SDK, without
// rights, stories or limits.
package peer

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/gin-gonic/gin"
)

// Settings say where to listen and what to sign for.
type Settings struct {
	Listen    string // host:port
	Endpoint  string // URL of the S3 server
	Region    string
	Bucket    string
	AccessKey string
	SecretKey string
}

// What the service signs as well: a PUT of 5 MB, parts of 8 MiB, for an hour.
const (
	putBytes  = 5 << 20
	partBytes = 8 << 20
	life      = time.Hour
	maxParts  = 1000
)

// request is one presigned request of an answer, with the fields that the
// service's answer has.
type request struct {
	Part      int               `json:"part"`
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers"`
	ExpiresAt time.Time         `json:"expires_at"`
}

// Serve answers POST /parts/N with N signed parts, 1 to 1000, and POST /put with
// one signed PUT, until ctx ends. settings is Settings as JSON.
func Serve(ctx context.Context, settings string) error {
	var o Settings
	if err := json.Unmarshal([]byte(settings), &o); err != nil {
		return err
	}
	signer := s3.NewPresignClient(s3.New(s3.Options{
		Region: o.Region, BaseEndpoint: &o.Endpoint, UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(o.AccessKey, o.SecretKey, ""),
	}))
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.POST("/put", func(c *gin.Context) {
		signed, err := signer.PresignPutObject(c, &s3.PutObjectInput{
			Bucket: &o.Bucket, Key: aws.String("incoming/a/1/source"), ContentLength: aws.Int64(putBytes),
			ContentType: aws.String("video/mp4"), IfNoneMatch: aws.String("*"),
		}, s3.WithPresignExpires(life))
		if err != nil {
			c.AbortWithStatus(http.StatusInternalServerError)
			return
		}
		c.JSON(http.StatusOK, []request{{0, signed.Method, signed.URL, map[string]string{}, time.Now().Add(life)}})
	})
	engine.POST("/parts/:count", func(c *gin.Context) {
		count, err := strconv.Atoi(c.Param("count"))
		if err != nil || count < 1 || count > maxParts {
			c.AbortWithStatus(http.StatusBadRequest)
			return
		}
		out := make([]request, count)
		for i := range out {
			signed, err := signer.PresignUploadPart(c, &s3.UploadPartInput{
				Bucket: &o.Bucket, Key: aws.String("incoming/a/1/source"), UploadId: aws.String("upload"),
				PartNumber: aws.Int32(int32(i + 1)), ContentLength: aws.Int64(partBytes), // at most maxParts
			}, s3.WithPresignExpires(life))
			if err != nil {
				c.AbortWithStatus(http.StatusInternalServerError)
				return
			}
			out[i] = request{i + 1, signed.Method, signed.URL, map[string]string{}, time.Now().Add(life)}
		}
		c.JSON(http.StatusOK, out)
	})
	server := &http.Server{Addr: o.Listen, Handler: engine, ReadHeaderTimeout: 10 * time.Second}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })() // nobody waits for answers any more
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
